using System.Globalization;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using static Donations.SimulationTests.Decade.DecadePeople;
using static Donations.SimulationTests.Decade.Differences;
using Interval = Google.Type.Interval;

namespace Donations.SimulationTests.Decade;

/// <summary>Reports on the journal and on gifts, against the plain books.</summary>
internal sealed class LedgerChecks(PlainBooks plain, DecadeWorld world, DecadeOptions options, Differences differences)
{
    private const int Page = 1000;

    private DateOnly First => DateOnly.FromDateTime(DecadeOptions.Start.Date);

    private DateOnly Last => First.AddYears(options.Years);

    public static Interval Between(DateOnly from, DateOnly to) => new()
    {
        StartTime = Timestamp.FromDateTimeOffset(new(from, TimeOnly.MinValue, TimeSpan.Zero)),
        EndTime = Timestamp.FromDateTimeOffset(new(to, TimeOnly.MinValue, TimeSpan.Zero)),
    };

    public static string Day(Google.Type.Date? date) => date is null ? "" : $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}";

    public async Task RunAsync()
    {
        await TrialBalanceAsync();
        await LinesAsync();
        await SummaryAsync();
        await PeriodSummaryAsync();
        await ComparisonAsync();
        await ContributionsAsync();
        await ClosedMonthsAsync();
        await OwnChecksAsync();
    }

    private async Task ClosedMonthsAsync()
    {
        var answer = await world.Ledger.ListPeriodsAsync(new() { PageSize = Page }, world.As("finance"));
        differences.Compare(
            "closed months",
            plain.Lines.Where(l => l.Day < Last.AddMonths(-2)).GroupBy(l => l.Day.ToString("yyyy-MM", CultureInfo.InvariantCulture)).Select(g => Row("periods/" + g.Key, "staff/boris", g.Select(l => (l.Journal, l.Document)).Distinct().Count())),
            answer.Periods.Where(p => p.State == V1.Period.Types.State.Closed).Select(p => Row(p.Name, p.Closer, p.EntryCount)));
    }

    private async Task TrialBalanceAsync()
    {
        for (var end = First.AddYears(1); end <= Last; end = end.AddYears(1))
        {
            var day = end.AddDays(-1);
            var answer = await world.Ledger.GetTrialBalanceAsync(new() { AsOfDate = new() { Year = day.Year, Month = day.Month, Day = day.Day } }, world.As("finance"));
            var lines = plain.Lines.Where(l => l.Day <= day).ToList();
            differences.Compare(
                "trial balance",
                lines.GroupBy(l => (l.Currency, l.Account)).Select(g => Row(day, g.Key.Currency, g.Key.Account, g.Where(l => l.Minor > 0).Sum(l => l.Minor), -g.Where(l => l.Minor < 0).Sum(l => l.Minor), g.Sum(l => l.Minor))),
                answer.Balances.Select(b => Row(day, b.Balance.CurrencyCode, b.Account, Minor(b.Debit), Minor(b.Credit), Minor(b.Balance))));
            differences.Compare(
                "trial balance is zero",
                lines.Select(l => l.Currency).Distinct().Select(c => Row(day, c, 0)),
                answer.Totals.Select(t => Row(day, t.Debit.CurrencyCode, Minor(t.Debit) - Minor(t.Credit))));
        }
    }

    private async Task LinesAsync()
    {
        var found = new List<GeneralLedgerLine>();
        var token = "";
        do
        {
            var answer = await world.Reports.ListGeneralLedgerLinesAsync(new() { Interval = Between(First, Last), PageSize = Page, PageToken = token }, world.As("finance"));
            found.AddRange(answer.GeneralLedgerLines);
            token = answer.NextPageToken;
        }
        while (token.Length > 0);

        // What a payout carries is known once Stripe has itemised it.
        var itemised = plain.Payouts.Where(p => p.ReconciliationStatus == "completed").Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        var payoutOf = plain.Transactions.ToDictionary(t => t.Id, t => t.Payout is { } payout && itemised.Contains(payout) ? "payouts/" + payout : "", StringComparer.Ordinal);
        differences.Compare(
            "general ledger",
            plain.Lines.Select(l => Row(
                l.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), l.Document, l.Journal, l.Account, l.Currency, l.Minor, l.Gift?.Pledge.Campaign.Name, l.Gift?.Pledge.Campaign.Fund,
                l.Gift?.Pledge.Placement ?? 0, l.Gift is null ? "" : "card", l.OriginalMinor, l.OriginalMinor is null ? "" : l.Gift!.Currency, l.Rate?.ToString("0.######", CultureInfo.InvariantCulture),
                l.Journal == "payout" ? "payouts/" + l.Document : payoutOf.GetValueOrDefault(l.Document, ""))),
            found.Select(l => Row(
                Day(l.BookDate), l.Document, l.Journal, l.Account, (l.Debit ?? l.Credit).CurrencyCode, Minor(l.Debit) - Minor(l.Credit), l.Campaign, l.Fund,
                l.Placement, l.Method, l.OriginalAmount is null ? null : Minor(l.OriginalAmount), l.OriginalAmount?.CurrencyCode,
                l.ExchangeRate.Length == 0 ? "" : decimal.Parse(l.ExchangeRate, CultureInfo.InvariantCulture).ToString("0.######", CultureInfo.InvariantCulture), l.Payout)));
    }

    private async Task SummaryAsync()
    {
        for (var from = First; from < Last; from = from.AddYears(1))
        {
            var to = from.AddYears(1);
            var answer = await world.Reports.GetGeneralLedgerSummaryAsync(new() { Interval = Between(from, to), JournalBy = GetGeneralLedgerSummaryRequest.Types.JournalBy.Month }, world.As("finance"));
            differences.Compare(
                "general ledger in sums",
                plain.Lines.Where(l => l.Day >= from && l.Day < to).GroupBy(l => (Month: l.Day.ToString("yyyy-MM", CultureInfo.InvariantCulture), l.Currency, l.Account, l.Gift?.Pledge.Campaign))
                    .Select(g => Row(g.Key.Month, g.Key.Currency, g.Key.Account, g.Key.Campaign?.Name, g.Key.Campaign?.Fund, g.Where(l => l.Minor > 0).Sum(l => l.Minor), -g.Where(l => l.Minor < 0).Sum(l => l.Minor))),
                answer.Rows.Select(r => Row(r.Journal, r.Debit.CurrencyCode, r.Account, r.Campaign, r.Fund, Minor(r.Debit), Minor(r.Credit))));
        }
    }

    private async Task PeriodSummaryAsync()
    {
        var answer = await world.Reports.GetPeriodSummaryAsync(
            new() { Interval = Between(First, Last), Period = GetPeriodSummaryRequest.Types.Period.Month, GroupByCampaign = true, GroupByFund = true, GroupByPlacement = true }, world.As("finance"));
        differences.Compare(
            "period summary",
            Gifts().GroupBy(l => (Month: new DateOnly(l.Day.Year, l.Day.Month, 1), l.Currency, l.Gift!.Pledge.Campaign, l.Gift.Pledge.Placement))
                .Select(g => Row(g.Key.Month.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), g.Key.Currency, g.Key.Campaign.Name, g.Key.Campaign.Fund, g.Key.Placement, Sums([.. g]))),
            answer.Rows.Select(r => Row(Day(r.PeriodStartDate), r.Gross.CurrencyCode, r.Campaign, r.Fund, r.Placement, Sums(r))));
        differences.Compare("period summary, totals", Gifts().GroupBy(l => l.Currency).Select(g => Row(g.Key, Sums([.. g]))), answer.Totals.Select(r => Row(r.Gross.CurrencyCode, Sums(r))));
    }

    /// <summary>Lines that summaries are made of.</summary>
    private IEnumerable<PlainLine> Gifts() => plain.Lines.Where(l => l.Gift is not null && l.Account is "4000" or "4010" or "4020" or "4050" or "4900" or "4910" or "6000");

    private static string Sums(IReadOnlyList<PlainLine> lines)
    {
        var (gross, fee, refunded, back) = (-Sum(lines, "4000", "4010", "4020", "4050"), Sum(lines, "6000"), Sum(lines, "4900"), Sum(lines, "4910"));
        return Row(
            lines.Count(l => l.Account is "4000" or "4010" or "4020"), gross, fee, lines.Count(l => l.Account == "4900"), refunded,
            lines.Where(l => l.Account == "4910").Sum(l => Math.Sign(l.Minor)), back, gross - fee - refunded - back);
    }

    private static string Sums(PeriodSummaryRow r) => Row(
        r.PaymentCount, Minor(r.Gross), Minor(r.Fee), r.RefundCount, Minor(r.Refunded), r.ChargebackCount, Minor(r.ChargedBack), Minor(r.Net));

    private static long Sum(IEnumerable<PlainLine> lines, params string[] accounts) => lines.Where(l => accounts.Contains(l.Account)).Sum(l => l.Minor);

    private async Task ComparisonAsync()
    {
        var middle = First.AddYears(options.Years / 2);
        var answer = await world.Reports.GetPeriodComparisonAsync(new() { Interval = Between(middle, Last), ComparedInterval = Between(First, middle), GroupByCampaign = true }, world.As("finance"));
        differences.Compare(
            "period comparison",
            Gifts().GroupBy(l => (l.Currency, l.Gift!.Pledge.Campaign.Name)).Select(g =>
            {
                var (late, early) = (g.Where(l => l.Day >= middle).ToList(), g.Where(l => l.Day < middle).ToList());
                var (net, before) = (Net(late), Net(early));
                return Row(g.Key.Currency, g.Key.Name, Gross(late), Gross(early), net, before, net - before, Count(late), Count(early));
            }),
            answer.Rows.Select(r => Row(r.Gross.CurrencyCode, r.Campaign, Minor(r.Gross), Minor(r.ComparedGross), Minor(r.Net), Minor(r.ComparedNet), Minor(r.NetChange), r.PaymentCount, r.ComparedPaymentCount)));

        static long Gross(IEnumerable<PlainLine> lines) => -Sum(lines, "4000", "4010", "4020", "4050");
        static long Net(IReadOnlyList<PlainLine> lines) => Gross(lines) - Sum(lines, "6000", "4900", "4910");
        static int Count(IEnumerable<PlainLine> lines) => lines.Count(l => l.Account is "4000" or "4010" or "4020");
    }

    private async Task ContributionsAsync()
    {
        var found = new List<ContributionDetail>();
        var token = "";
        do
        {
            var answer = await world.Reports.ListContributionDetailsAsync(new() { Interval = Between(First, Last), PageSize = Page, PageToken = token }, world.As("finance"));
            found.AddRange(answer.ContributionDetails);
            token = answer.NextPageToken;
        }
        while (token.Length > 0);
        differences.Compare(
            "contribution detail",
            plain.Gifts.Select(g => Row(
                g.Charge.Id, g.Charge.Created, g.Pledge.Campaign.Name, g.Pledge.Campaign.Fund, g.Terms.Interval, g.Kind, g.Charge.Amount, g.Currency, g.CoverMinor, g.Charge.AmountRefunded,
                g.Settled.Id, g.Settled.Amount, g.Settled.Fee, g.Settled.Net, g.Settled.Currency.ToUpperInvariant(), g.Pledge.Appeal, g.Pledge.Placement, "card")),
            found.Select(d => Row(
                d.Charge, d.PayTime.Seconds, d.Campaign, d.Fund, d.Interval, d.Kind, Minor(d.Amount), d.Amount.CurrencyCode, Minor(d.FeeCoverAmount), Minor(d.RefundedAmount),
                d.Settlement?.BalanceTransaction, Minor(d.Settlement?.Gross), Minor(d.Settlement?.Fee), Minor(d.Settlement?.Net), d.Settlement?.Gross.CurrencyCode, d.Appeal, d.Placement, d.Method)));
    }

    /// <summary>What the service checks itself.</summary>
    private async Task OwnChecksAsync()
    {
        var books = await world.Ledger.CheckBooksAsync(new(), world.As("finance"));
        differences.Compare("invariants", books.Invariants.Select(i => Row(i.Invariant, 0)), books.Invariants.Select(i => Row(i.Invariant, i.ViolationCount)));
        differences.Compare("Stripe's balance", books.Balances.Select(b => Row(b.Clearing.CurrencyCode, 0)), books.Balances.Select(b => Row(b.Clearing.CurrencyCode, Minor(b.Difference))));
        var sums = await world.Ledger.VerifyRollUpsAsync(new(), world.As("finance"));
        differences.Compare("roll-ups", sums.RollUps.Select(r => Row(r.RollUp, 0)), sums.RollUps.Select(r => Row(r.RollUp, r.DifferenceCount)));
        for (var block = 1L; block > 0;)
        {
            var chain = await world.Ledger.VerifyLedgerAsync(new() { Block = block, MaxBlocks = Page }, world.As("finance"));
            differences.Compare("chain", [""], [chain.Failure]);
            block = chain.NextBlock;
        }
    }
}
