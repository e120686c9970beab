using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Interval = Google.Type.Interval;

namespace Donations.Tests.Reports;

/// <summary>Reports against what was really given: gross, Stripe's fee, net, refunds, in the terms of finance staff.</summary>
public sealed class ReportTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync()
    {
        _scenario = await Scenario.StartAsync();
        await _scenario.PledgeAsync();
        var once = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.PledgeAsync("monthly-5", new() { CurrencyCode = "EUR", Units = 5 });
        await _scenario.SettleAsync();
        var payment = Assert.Single(await _scenario.PaymentsAsync(once));
        await _scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(4) }, _scenario.Server.As("finance"));
        await _scenario.SettleAsync();
        await _scenario.AdvanceAsync(TimeSpan.FromDays(31));
    }

    public async ValueTask DisposeAsync()
    {
        await _scenario.CheckBooksAsync();
        await _scenario.DisposeAsync();
    }

    private static Interval Year => Of("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");

    [Fact]
    public async Task The_period_summary_has_gross_fee_refunds_and_net_per_month_and_currency()
    {
        var summary = await _scenario.Reports.GetPeriodSummaryAsync(new() { Interval = Year, Period = GetPeriodSummaryRequest.Types.Period.Month }, _scenario.Server.As("finance"));
        var rows = summary.Rows.Select(r => $"{r.PeriodStartDate.Year}-{r.PeriodStartDate.Month} {r.Gross.CurrencyCode} {r.PaymentCount} {Show(r.Gross)} {Show(r.Fee)} {r.RefundCount} {Show(r.Refunded)} {Show(r.Net)}");
        Assert.Equal(["2026-11 EUR 1 5.00 0.49 0 0.00 4.51", "2026-11 USD 2 12.00 0.96 1 4.00 7.04", "2026-12 EUR 1 5.00 0.49 0 0.00 4.51", "2026-12 USD 1 2.00 0.37 0 0.00 1.63"], rows);
        Assert.Equal(["EUR 10.00", "USD 14.00"], summary.Totals.Select(t => $"{t.Gross.CurrencyCode} {Show(t.Gross)}"));
    }

    [Fact]
    public async Task An_interval_without_facts_is_an_empty_report()
    {
        var none = Of("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z");
        Assert.Empty((await _scenario.Reports.GetPeriodSummaryAsync(new() { Interval = none }, _scenario.Server.As("finance"))).Rows);
        Assert.Empty((await _scenario.Reports.ListContributionDetailsAsync(new() { Interval = none }, _scenario.Server.As("finance"))).ContributionDetails);
        Assert.Empty((await _scenario.Reports.ListGeneralLedgerLinesAsync(new() { Interval = none }, _scenario.Server.As("finance"))).GeneralLedgerLines);
        Assert.Empty((await _scenario.Ledger.GetTrialBalanceAsync(new() { AsOfDate = new() { Year = 2001, Month = 1, Day = 1 } }, _scenario.Server.As("finance"))).Balances);
    }

    [Fact]
    public async Task Contribution_details_page_through_every_payment_once()
    {
        var request = new ListContributionDetailsRequest { Interval = Year, PageSize = 2 };
        var rows = new List<ContributionDetail>();
        do
        {
            var page = await _scenario.Reports.ListContributionDetailsAsync(request, _scenario.Server.As("finance"));
            rows.AddRange(page.ContributionDetails);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(5, rows.Select(r => r.Payment).Distinct().Count());
        Assert.Equal(5, rows.Count);
        Assert.Equal(Scenario.Usd(4), rows.Single(r => r.Interval == PledgeInterval.OneTime).RefundedAmount);
        Assert.Equal(2, (await _scenario.Reports.ListContributionDetailsAsync(new() { Interval = Year, Currency = "EUR" }, _scenario.Server.As("finance"))).ContributionDetails.Count);
    }

    [Fact]
    public async Task The_general_ledger_balances_line_by_line()
    {
        var lines = (await _scenario.Reports.ListGeneralLedgerLinesAsync(new() { Interval = Year, PageSize = 1000 }, _scenario.Server.As("finance"))).GeneralLedgerLines;
        foreach (var entry in lines.GroupBy(l => l.JournalEntry))
            Assert.Equal(entry.Sum(l => Minor(l.Debit)), entry.Sum(l => Minor(l.Credit)));
        Assert.All(lines, l => Assert.True((l.Debit is null) != (l.Credit is null)));
        Assert.All(lines, l => Assert.Equal(("acct_simulator", false), (l.StripeAccount, l.Livemode)));
        var paid = lines.Where(l => l.Journal == "payout").ToList();
        Assert.NotEmpty(paid);
        Assert.All(paid, l => Assert.Equal("payouts/" + l.Document, l.Payout));
    }

    public static TheoryData<string, Func<Scenario, AsyncUnaryCall<PeriodSummary>>> BadSummaries => new()
    {
        { "interval", s => Summary(s, new()) },
        { "interval", s => Summary(s, new() { Interval = Of("2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z") }) },
        { "interval", s => Summary(s, new() { Interval = Of("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z") }) },
        { "interval.end_time", s => Summary(s, new() { Interval = new Interval { StartTime = new Timestamp { Seconds = 1 } } }) },
        { "interval.start_time", s => Summary(s, new() { Interval = Of("2026-01-01T10:00:00Z", "2027-01-01T00:00:00Z") }) },
        { "time_zone", s => Summary(s, new() { Interval = Year, TimeZone = "Europe/Riga" }) },
        { "currency", s => Summary(s, new() { Interval = Year, Currency = "usd" }) },
        { "period", s => Summary(s, new() { Interval = Year, Period = (GetPeriodSummaryRequest.Types.Period)9 }) },
    };

    [Theory]
    [MemberData(nameof(BadSummaries), DisableDiscoveryEnumeration = true)]
    public async Task Bad_intervals_zones_and_currencies_are_named(string field, Func<Scenario, AsyncUnaryCall<PeriodSummary>> call)
    {
        var error = await Errors.OfAsync(() => call(_scenario));
        Assert.Equal("FIELD_INVALID", error.Reason());
        Assert.Contains(field, error.Fields());
    }

    private static AsyncUnaryCall<PeriodSummary> Summary(Scenario scenario, GetPeriodSummaryRequest request) => scenario.Reports.GetPeriodSummaryAsync(request, scenario.Server.As("finance"));

    private static Interval Of(string from, string to) => new() { StartTime = Timestamp.FromDateTimeOffset(DateTimeOffset.Parse(from, null)), EndTime = Timestamp.FromDateTimeOffset(DateTimeOffset.Parse(to, null)) };

    private static long Minor(Google.Type.Money? money) => money is null ? 0 : (money.Units * 100) + (money.Nanos / 10_000_000);

    private static string Show(Google.Type.Money money) => $"{money.Units}.{Math.Abs(money.Nanos) / 10_000_000:00}";
}
