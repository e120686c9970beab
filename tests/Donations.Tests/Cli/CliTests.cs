using Donations.Cli;
using Donations.Testing;
using Interval = Google.Type.Interval;

namespace Donations.Tests.Cli;

public sealed class CliTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 23, 30, 0, TimeSpan.Zero);

    [Fact]
    public void The_default_interval_is_this_month_up_to_tomorrow_in_the_zone()
    {
        var utc = Dates.Interval(null, null, "UTC", Now);
        Assert.Equal(("2026-11-01T00:00:00Z", "2026-11-25T00:00:00Z"), Show(utc));
        // In Riga it is the 25th already.
        Assert.Equal(("2026-10-31T22:00:00Z", "2026-11-25T22:00:00Z"), Show(Dates.Interval(null, null, "Europe/Riga", Now)));
    }

    [Fact]
    public void A_midnight_that_a_clock_change_skips_is_the_first_instant_of_its_day() =>
        Assert.Equal("2018-11-04T03:00:00Z", Show(Dates.Interval("2018-11-04", "2018-11-05", "America/Sao_Paulo", Now)).From);

    [Theory]
    [InlineData("24.11.2026", null, "UTC")]
    [InlineData("2026-02-30", null, "UTC")]
    [InlineData("2026-11-24", "2026-11-24", "UTC")]
    [InlineData("2026-11-25", "2026-11-24", "UTC")]
    [InlineData(null, null, "Mars/Base")]
    public void Wrong_dates_and_zones_are_a_usage_error(string? from, string? to, string zone) =>
        Assert.Equal(CliException.Usage, Assert.Throws<CliException>(() => Dates.Interval(from, to, zone, Now)).ExitCode);

    [Theory]
    [InlineData(2, 0, "2.00")]
    [InlineData(0, -50_000_000, "-0.05")]
    [InlineData(-2, -500_000_000, "-2.50")]
    [InlineData(1, 5_000_000, "1.005")]
    [InlineData(long.MaxValue, 990_000_000, "9223372036854775807.99")]
    public void Amounts_are_exact(long units, int nanos, string expected) => Assert.Equal(expected, Cells.Decimal(new Google.Type.Money { CurrencyCode = "USD", Units = units, Nanos = nanos }));

    [Fact]
    public void The_data_directory_is_asked_for_or_found_beside_the_solution()
    {
        Assert.Equal("here", DataDirectory.Find("here", "there", "/", "/"));
        Assert.Equal("there", DataDirectory.Find(null, "there", "/", "/"));
        Assert.EndsWith(Path.Combine("data"), DataDirectory.Find(null, null, Path.GetTempPath(), AppContext.BaseDirectory), StringComparison.Ordinal);
        Assert.Throws<CliException>(() => DataDirectory.Find(null, null, Path.GetTempPath(), Path.GetTempPath()));
    }

    [Fact]
    public async Task A_minted_token_is_taken_by_the_server_for_its_roles_and_no_others()
    {
        await using var server = await TestServer.StartAsync();
        var ledger = new V1.LedgerService.LedgerServiceClient(server.Channel);
        await ledger.GetTrialBalanceAsync(new(), TestServer.Bearer(TokenCommand.Mint(server.DataDirectory, ["editor", "finance"], "me", TimeSpan.FromMinutes(1))));
        var editor = TestServer.Bearer(TokenCommand.Mint(server.DataDirectory, ["editor"], "me", TimeSpan.FromMinutes(1)));
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => ledger.GetTrialBalanceAsync(new(), editor))).Reason());
        var old = TestServer.Bearer(TokenCommand.Mint(server.DataDirectory, ["finance"], "me", TimeSpan.FromMinutes(-1)));
        Assert.Equal("TOKEN_INVALID", (await Errors.OfAsync(() => ledger.GetTrialBalanceAsync(new(), old))).Reason());
    }

    private static (string From, string To) Show(Interval interval) => (interval.StartTime.ToString().Trim('"'), interval.EndTime.ToString().Trim('"'));
}
