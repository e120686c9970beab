using System.Globalization;

namespace Donations.SimulationTests.Decade;

/// <summary>What a run of ten years is made of. The same options make the same ten years.</summary>
internal sealed record DecadeOptions
{
    /// <summary>Environment variable with another number of donors.</summary>
    public const string DonorsVariable = "DECADE_DONORS";

    /// <summary>First day.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public int Seed { get; init; } = 1;

    public int Donors { get; init; } = int.Parse(Environment.GetEnvironmentVariable(DonorsVariable) ?? "150", CultureInfo.InvariantCulture);

    /// <summary>Fewer for a look; <c>DECADE_YEARS</c>.</summary>
    public int Years { get; init; } = int.Parse(Environment.GetEnvironmentVariable("DECADE_YEARS") ?? "10", CultureInfo.InvariantCulture);

    /// <summary>One settlement currency for all (lower case); null settles each currency in itself.</summary>
    public string? SettlementCurrency { get; init; }

    public int PayoutIntervalDays { get; init; } = 1;

    /// <summary>Share of webhooks that never arrive.</summary>
    public double DropRate { get; init; }

    public int Days => (int)(Start.AddYears(Years) - Start).TotalDays;
}
