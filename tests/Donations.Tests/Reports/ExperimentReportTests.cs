using Donations.Server.Appeals;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.Tests.Appeals;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using EventType = Donations.V1.AppealEvent.Types.Type;
using Interval = Google.Type.Interval;
using Verdict = Donations.V1.ExperimentLift.Types.Verdict;

namespace Donations.Tests.Reports;

/// <summary>Events and pledges in, the report out, through the doors that clients use; counted by hand.</summary>
public sealed class ExperimentReportTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    private Database Database => _scenario.Server.Services.GetRequiredService<Database>();

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    [Fact]
    public async Task The_report_is_what_was_told_and_given()
    {
        await ViewsAsync(ExperimentGroup.Control, 10, clicks: 3);
        await ViewsAsync(ExperimentGroup.Treatment, 20, clicks: 5);
        await ViewsAsync(ExperimentGroup.Treatment, 7, clicks: 0, currency: "EUR");
        await ViewsAsync(ExperimentGroup.Unspecified, 2, clicks: 0);
        var monthly = await PledgeAsync("monthly-2", Scenario.Usd(2), ExperimentGroup.Control);
        await PledgeAsync("one-time-10", Scenario.Usd(10), ExperimentGroup.Treatment);
        await PledgeAsync("annual-24", Scenario.Usd(24), ExperimentGroup.Treatment);
        await PledgeAsync("monthly-5", new() { CurrencyCode = "EUR", Units = 5 }, ExperimentGroup.Treatment);
        // Without an appeal a gift is nobody's merit; a declined one is none.
        await _scenario.PledgeAsync();
        await Assert.ThrowsAsync<RpcException>(() => PledgeAsync("monthly-2", Scenario.Usd(2), ExperimentGroup.Control, "pm_card_chargeDeclined"));
        await _scenario.SettleAsync();

        var report = await ReportAsync();
        Assert.Equal(
            [
                "banner Unspecified 32 8 3 36.00 58.00 51.80", "banner Control 10 3 1 2.00 24.00 19.56", "banner Treatment 20 5 2 34.00 34.00 32.24",
            ],
            report.Rows.Select(Show));
        Assert.Equal(report.Rows.Select(r => Show(r)["banner".Length..]), report.Totals.Select(Show));
        Assert.Equal((100_000L, 240_000_000L, false), (report.Rows[1].ConversionRatePpm, report.Rows[1].ValuePerViewMicros, report.Rows[1].EnoughData));
        Assert.Equal((0L, 0L, 0L), (report.Rows[1].ValuePerViewLowMicros, report.Rows[1].ValuePerViewHighMicros, report.Rows[1].BestPpm));
        Assert.Equal((Verdict.NotEnoughData, -70_000_000L, -291_667L, 0L), (report.Lift.Verdict, report.Lift.ValuePerViewMicros, report.Lift.RelativePpm, report.Lift.ValuePerViewLowMicros));
        Assert.Equal((1_000L, 30L, 2), (report.EnoughViewCount, report.EnoughConversionCount, report.ComparisonCount));
        Assert.Equal("banner Treatment 7 0 1 5.00 60.00 54.72", Show((await ReportAsync("EUR")).Rows[2]));

        Assert.Equal((Placement.Banner, ExperimentGroup.Control, ReminderKind.Device), (monthly.Pledge.Attribution.Placement, monthly.Pledge.Attribution.ExperimentGroup, monthly.Pledge.Attribution.Reminder));
        Assert.Equal(monthly.Pledge.Attribution, (await _scenario.GetAsync(monthly)).Attribution);
    }

    /// <summary>Renewals, events that come again, and a late payer who comes back are no new conversions.</summary>
    [Fact]
    public async Task A_pledge_is_a_conversion_once_in_its_life()
    {
        var made = await PledgeAsync("monthly-2", Scenario.Usd(2), ExperimentGroup.Control);
        await _scenario.SettleAsync();
        await _scenario.Pledges.PausePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        await _scenario.Pledges.ResumePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(33));
        await _scenario.ReplayAllAsync();
        await _scenario.ReplayAllAsync(reverse: true);
        await _scenario.RunChoresAsync();
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
        Assert.Equal((1, 2_400), (_scenario.Count("SELECT sum(conversion_count) FROM appeal_conversion_days"), _scenario.Count("SELECT sum(value_minor) FROM appeal_conversion_days")));
    }

    /// <summary>Money that arrives after a pledge was called failed is a conversion on the day that it arrives.</summary>
    [Fact]
    public async Task A_pledge_that_failed_first_is_a_conversion_when_its_money_is_in()
    {
        var made = await PledgeAsync("one-time-10", Scenario.Usd(10), ExperimentGroup.Treatment);
        await _scenario.SettleAsync();
        // As if the success had not been heard of, and the pledge given up.
        await _scenario.ExecuteAsync("DELETE FROM appeal_conversion_days");
        await _scenario.ExecuteAsync("UPDATE pledges SET state = 9");
        _scenario.Pass(TimeSpan.FromDays(1));
        await _scenario.ReplayAllAsync();
        Assert.Equal(Pledge.Types.State.Paid, (await _scenario.GetAsync(made)).State);
        Assert.Equal(["20261125 2 1 1000 941"], _scenario.Query<string>("SELECT event_date || ' ' || experiment_group || ' ' || conversion_count || ' ' || value_minor || ' ' || net_minor FROM appeal_conversion_days"));
    }

    [Fact]
    public async Task With_enough_data_intervals_and_the_lift_are_told()
    {
        await CountAsync("banner", ExperimentGroup.Control, 5_000, 100, 2_400);
        await CountAsync("banner", ExperimentGroup.Treatment, 20_000, 600, 2_400);
        await CountAsync("shorter", ExperimentGroup.Treatment, 20_000, 300, 2_400);
        await CountAsync("app", ExperimentGroup.Treatment, 20_000, 900, 2_400, Placement.App);
        var report = await ReportAsync();
        var banner = report.Rows.Single(r => r.Appeal.EndsWith("/banner", StringComparison.Ordinal) && r.ExperimentGroup == ExperimentGroup.Treatment);
        Assert.True(banner is { EnoughData: true, ConversionRatePpm: 30_000, ValuePerViewMicros: 72_000_000, BestPpm: > 999_000 } && banner.ValuePerViewLowMicros < 72_000_000 && banner.ValuePerViewHighMicros > 72_000_000, banner.ToString());
        Assert.InRange(banner.ConversionRateLowPpm, 27_000, 28_000);
        Assert.InRange(banner.ConversionRateHighPpm, 32_000, 33_000);
        Assert.Equal(4, report.ComparisonCount);
        // What stands elsewhere is no rival, and has none.
        Assert.All(report.Rows.Where(r => r.Placement == Placement.App), r => Assert.Equal(("app", 0L), (r.Appeal.Split('/')[^1], r.BestPpm)));
        // One variant of control is not enough for any.
        Assert.All(report.Rows.Where(r => r.ExperimentGroup == ExperimentGroup.Control), r => Assert.Equal(0, r.BestPpm));

        var only = await ReportAsync(placement: Placement.Banner);
        Assert.Equal(["banner", "shorter"], only.Rows.Select(r => r.Appeal.Split('/')[^1]).Distinct());
        Assert.Equal((Verdict.Undecided, 6_000_000L, 125_000L), (only.Lift.Verdict, only.Lift.ValuePerViewMicros, only.Lift.RelativePpm));
        await CountAsync("banner", ExperimentGroup.Treatment, 0, 600, 2_400);
        var better = (await ReportAsync(placement: Placement.Banner)).Lift;
        Assert.Equal((Verdict.Better, 42_000_000L, 875_000L), (better.Verdict, better.ValuePerViewMicros, better.RelativePpm));
        Assert.True(better is { ValuePerViewLowMicros: > 0, RelativeLowPpm: > 0, NetValuePerViewLowMicros: > 0 } && better.ValuePerViewHighMicros > 42_000_000 && better.RelativeHighPpm > 875_000, better.ToString());
        Assert.Empty((await ReportAsync(placement: Placement.ArticleEnd)).Rows);
    }

    /// <summary>The largest gift that Stripe takes, monthly, so often that a sum of plain squares would have overflowed long before.</summary>
    [Fact]
    public async Task The_largest_gifts_do_not_overflow()
    {
        const long Value = 12 * 99_999_999L;
        await CountAsync("banner", ExperimentGroup.Control, 2_000, 1_000, Value);
        await _scenario.ExecuteAsync(
            "UPDATE appeal_conversion_days SET conversion_count = conversion_count * 1000, value_minor = value_minor * 1000, value_square_high = value_square_high * 1000, value_square_low = value_square_low * 1000");
        var sums = Assert.Single(Database.Read(c => ExperimentCounters.Between(c, "press-in-exile", Placement.Banner, "USD", 20261124, 20261125)));
        Assert.Equal((Int128)Value * Value * 1_000_000, ((Int128)sums.ValueSquareHigh * ExperimentCounters.SquareBase) + sums.ValueSquareLow);
        Assert.Equal(1, sums.Value.Spread, 9);
    }

    [Fact]
    public async Task Days_are_utc_days_and_the_interval_is_half_open()
    {
        await ViewsAsync(ExperimentGroup.Control, 1, clicks: 0);
        _scenario.Time.SetUtcNow(new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero));
        await ViewsAsync(ExperimentGroup.Control, 2, clicks: 0);
        Assert.Equal(1, (await ReportAsync(interval: Of("2026-11-24", "2026-11-25"))).Totals[0].ViewCount);
        Assert.Equal(2, (await ReportAsync(interval: Of("2026-11-25", "2026-11-26"))).Totals[0].ViewCount);
        Assert.Equal(3, (await ReportAsync(interval: Of("2026-11-24", "2026-11-26"))).Totals[0].ViewCount);
    }

    public static TheoryData<string, Action<GetExperimentReportRequest>> BadRequests => new()
    {
        { "interval", r => r.Interval = null },
        { "interval.start_time", r => r.Interval.StartTime = new() { Seconds = 3600 } },
        { "interval.end_time", r => r.Interval.EndTime.Seconds += 3600 },
        { "time_zone", r => r.TimeZone = "Europe/Riga" },
        { "campaign", r => r.Campaign = "" },
        { "campaign", r => r.Campaign = "press-in-exile" },
        { "currency", r => r.Currency = "" },
        { "currency", r => r.Currency = "usd" },
        { "placement", r => r.Placement = (Placement)9 },
    };

    [Theory]
    [MemberData(nameof(BadRequests), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_field_is_named_by_the_method_and_by_the_export(string field, Action<GetExperimentReportRequest> spoil)
    {
        var request = Request();
        spoil(request);
        var error = await Errors.OfAsync(() => _scenario.Reports.GetExperimentReportAsync(request, _scenario.Server.As("finance")));
        Assert.Equal(("FIELD_INVALID", field), (error.Reason(), Assert.Single(error.Fields())));
        var export = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(request));
        Assert.Contains(field, export.Fields());
    }

    [Fact]
    public async Task A_campaign_that_does_not_exist_is_not_found()
    {
        var request = Request();
        request.Campaign = "campaigns/nowhere";
        Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _scenario.Reports.GetExperimentReportAsync(request, _scenario.Server.As("editor")))).Reason());
    }

    [Fact]
    public async Task The_file_has_the_rows_the_totals_and_the_lift()
    {
        await CountAsync("banner", ExperimentGroup.Control, 5_000, 100, 2_400);
        await CountAsync("banner", ExperimentGroup.Treatment, 20_000, 10, 2_400);
        var lines = await ExportAsync(Request());
        Assert.StartsWith("line,appeal,placement,experiment_group,currency,view_count,", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            [
                "appeal,banner,BANNER,,USD,25000", "appeal,banner,BANNER,CONTROL,USD,5000", "appeal,banner,BANNER,TREATMENT,USD,20000", "total,,,,USD,25000", "total,,,CONTROL,USD,5000",
                "total,,,TREATMENT,USD,20000", "lift,,,,USD,",
            ],
            lines[1..].Select(l => string.Join(',', l.Split(',')[..6])));
        Assert.EndsWith(",yes", lines[2], StringComparison.Ordinal);
        // Too few gifts: no ends of an interval, and words instead of a verdict.
        Assert.EndsWith(",1200000,,,1200000,,,,not enough data yet", lines[3], StringComparison.Ordinal);
    }

    private static string Show(ExperimentRow row) =>
        $"{row.Appeal.Split('/')[^1]} {row.ExperimentGroup} {row.ViewCount} {row.ClickCount} {row.ConversionCount} {Show(row.Amount)} {Show(row.Value)} {Show(row.NetValue)}";

    private static string Show(Google.Type.Money money) => $"{money.Units}.{money.Nanos / 10_000_000:00}";

    private static Interval Of(string from, string to) => new() { StartTime = Day(from), EndTime = Day(to) };

    private static Timestamp Day(string day) => Timestamp.FromDateTimeOffset(DateTimeOffset.Parse(day + "T00:00:00Z", null));

    private static GetExperimentReportRequest Request() => new() { Interval = Of("2026-11-01", "2026-12-01"), Campaign = Scenario.Campaign, Currency = "USD" };

    private async Task<ExperimentReport> ReportAsync(string currency = "USD", Placement placement = 0, Interval? interval = null)
    {
        var request = Request();
        (request.Currency, request.Placement, request.Interval) = (currency, placement, interval ?? request.Interval);
        return await _scenario.Reports.GetExperimentReportAsync(request, _scenario.Server.As("editor"));
    }

    private async Task<string[]> ExportAsync(GetExperimentReportRequest asked)
    {
        using var call = _scenario.Reports.ExportReport(
            new() { Report = ExportReportRequest.Types.Report.Experiment, Interval = asked.Interval, TimeZone = asked.TimeZone, Campaign = asked.Campaign, Currency = asked.Currency, Placement = asked.Placement },
            _scenario.Server.As("finance"));
        var text = "";
        await foreach (var piece in call.ResponseStream.ReadAllAsync())
            text += piece.Data.ToStringUtf8();
        return text.TrimStart('\uFEFF').TrimEnd().Split("\r\n");
    }

    private async Task ViewsAsync(ExperimentGroup group, int views, int clicks, string currency = "USD") => await _scenario.Server.Appeals.RecordAppealEventsAsync(AppealEventSamples.Batch(
        Enumerable.Repeat(AppealEventSamples.Event(EventType.View, group, currency), views).Concat(Enumerable.Repeat(AppealEventSamples.Event(EventType.Click, group, currency), clicks))));

    private async Task<CreatePledgeResponse> PledgeAsync(string tier, Google.Type.Money amount, ExperimentGroup group, string paymentMethod = "pm_card_visa")
    {
        var request = await _scenario.RequestAsync(tier, amount, paymentMethod);
        request.Attribution = new() { Appeal = Scenario.Campaign + "/appeals/banner", ExperimentGroup = group, Reminder = ReminderKind.Device };
        return await _scenario.Pledges.CreatePledgeAsync(request);
    }

    private Task CountAsync(string appeal, ExperimentGroup group, int views, int gifts, long value, Placement placement = Placement.Banner) => Database.WriteAsync(connection =>
    {
        ExperimentCounters.Add(connection, [new(new("press-in-exile", appeal, placement, group, "USD", "DE"), views, 0, 0, 0, 0)], 20261124);
        for (var i = 0; i < gifts; i++)
            ExperimentCounters.AddConversion(connection, ("press-in-exile", appeal, placement, group), new(value / 12, "USD"), PledgeInterval.Monthly, new(value, value), 20261124);
    });
}
