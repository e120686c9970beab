using Donations.V1;
using Interval = Google.Type.Interval;

namespace Donations.Cli.Reports;

/// <summary>A report as it was asked for, checked.</summary>
internal sealed record ReportQuery
{
    public required ReportKind Kind { get; init; }

    public required Interval Interval { get; init; }

    /// <summary>The end of the interval was named: reports that stand at one time stand there, and now otherwise.</summary>
    public required bool IsToGiven { get; init; }

    /// <summary>IANA zone of days and times.</summary>
    public required string Zone { get; init; }

    /// <summary>The zone that was named on the command line; empty: none, so the server's is as good.</summary>
    public required string AskedZone { get; init; }

    public required string Currency { get; init; }

    public required string Campaign { get; init; }

    public required Placement Placement { get; init; }

    public required string Payout { get; init; }

    public required GetPeriodSummaryRequest.Types.Period Period { get; init; }

    public required string[] GroupBy { get; init; }

    public required GetGeneralLedgerSummaryRequest.Types.JournalBy JournalBy { get; init; }

    public required Interval? Compared { get; init; }

    public required int StartYear { get; init; }

    public required int EndYear { get; init; }

    /// <summary>None: the report's own.</summary>
    public required string[] Columns { get; init; }

    public required string Format { get; init; }

    public required string? Output { get; init; }

    /// <summary>Null: as it fits.</summary>
    public required bool? Plot { get; init; }

    public TimeZoneInfo TimeZone => TimeZoneInfo.FindSystemTimeZoneById(Zone);

    public bool IsGroupedBy(string word) => GroupBy.Contains(word);

    /// <summary>What the report is about, in words.</summary>
    public string Describe() => Kind.Uses switch
    {
        var u when u.HasFlag(Uses.From) => Dates.Show(Interval, Zone),
        var u when u.HasFlag(Uses.To) && IsToGiven => $"at the end of {Dates.Show(Interval.StartTime, Zone)} ({Zone})",
        _ => "",
    };
}
