using System.Globalization;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using static Donations.SimulationTests.Decade.DecadePeople;
using static Donations.SimulationTests.Decade.Differences;
using static Donations.SimulationTests.Decade.LedgerChecks;
using PlainDispute = Donations.StripeSimulator.Disputes.Dispute;
using PlainPayout = Donations.StripeSimulator.Payments.Payout;
using PlainRefund = Donations.StripeSimulator.Resources.Refund;
using PlainTransaction = Donations.StripeSimulator.Payments.BalanceTransaction;

namespace Donations.SimulationTests.Decade;

/// <summary>Reports on Stripe's balance, payouts, fees and returns, against the account's own objects.</summary>
internal sealed class BalanceChecks(PlainBooks plain, DecadeWorld world, DecadeOptions options, Differences differences)
{
    private DateOnly First => DateOnly.FromDateTime(DecadeOptions.Start.Date);

    private DateOnly Last => First.AddYears(options.Years);

    public async Task RunAsync()
    {
        for (var from = First; from < Last; from = from.AddYears(1))
            await BalanceAsync(from, from.AddYears(1));
        for (var from = First; from < Last; from = from.AddMonths(3))
            await PayoutsAsync(from, from.AddMonths(3));
        await PayoutRowsAsync();
        await UnsettledAsync(null);
        await UnsettledAsync(First.AddYears(options.Years / 2));
        await FeesAsync();
        await ReturnsAsync();
    }

    private async Task BalanceAsync(DateOnly from, DateOnly to)
    {
        var answer = await world.Reports.GetBalanceSummaryAsync(new() { Interval = Between(from, to) }, world.As("finance"));
        var within = plain.Transactions.Where(t => On(t) >= from && On(t) < to).ToList();
        differences.Compare(
            "balance summary",
            within.Where(t => !IsPayout(t)).GroupBy(t => (t.Currency, t.ReportingCategory)).Select(g => Row(from, g.Key.Currency.ToUpperInvariant(), g.Key.ReportingCategory, g.Count(), g.Sum(t => t.Amount), g.Sum(t => t.Fee), g.Sum(t => t.Net))),
            answer.Currencies.SelectMany(c => c.Rows.Select(r => Row(from, r.Gross.CurrencyCode, r.Category, r.TransactionCount, Minor(r.Gross), Minor(r.Fee), Minor(r.Net)))));
        differences.Compare(
            "balance summary, sums",
            plain.Transactions.Where(t => On(t) < to).GroupBy(t => t.Currency).Select(g =>
            {
                var (opening, closing) = (g.Where(t => On(t) < from).Sum(t => t.Net), g.Sum(t => t.Net));
                return Row(from, g.Key.ToUpperInvariant(), opening, g.Where(t => On(t) >= from && IsPayout(t)).Sum(t => t.Net), closing, closing, closing, 0);
            }),
            answer.Currencies.Select(c => Row(from, c.Opening.CurrencyCode, Minor(c.Opening), Minor(c.Payouts), Minor(c.Closing), Minor(c.LedgerClosing), c.StripeClosing is null ? Minor(c.Closing) : Minor(c.StripeClosing), Minor(c.Difference))));
    }

    private async Task PayoutsAsync(DateOnly from, DateOnly to)
    {
        var answer = await world.Reports.GetPayoutReconciliationAsync(new() { Interval = Between(from, to) }, world.As("finance"));
        var within = plain.Payouts.Where(p => PlainBooks.DayOf(p.Created) >= from && PlainBooks.DayOf(p.Created) < to).ToList();
        differences.Compare(
            "payout reconciliation",
            within.Select(p => Row(
                p.Id, p.Created, p.ArrivalDate, p.Amount, p.Currency.ToUpperInvariant(), p.Status switch { "paid" => V1.Payout.Types.State.Paid, "failed" => V1.Payout.Types.State.Failed, _ => V1.Payout.Types.State.InTransit },
                p.ReconciliationStatus == "completed" ? V1.Payout.Types.BatchState.TotalVerified : V1.Payout.Types.BatchState.Open, Totals(p))),
            answer.Payouts.Select(p => Row(
                p.Name["payouts/".Length..], p.CreateTime.Seconds, p.ArrivalTime.Seconds, Minor(p.Amount), p.Amount.CurrencyCode, p.State, p.BatchState,
                p.BatchState == V1.Payout.Types.BatchState.Open ? "" : Row(p.TransactionCount, Minor(p.Gross), Minor(p.Fee), Minor(p.Net)))));
        differences.Compare(
            "payout reconciliation, totals",
            within.GroupBy(p => p.Currency).Select(g => Row(from, g.Key.ToUpperInvariant(), g.Count(), g.Count(p => p.ReconciliationStatus != "completed"), g.Where(p => p.Status != "failed").Sum(p => p.Amount))),
            answer.Totals.Select(t => Row(from, t.Amount.CurrencyCode, t.PayoutCount, t.OpenCount, Minor(t.Amount))));
    }

    private static bool IsPayout(PlainTransaction t) => t.ReportingCategory is "payout" or "payout_reversal";

    private string Totals(PlainPayout payout)
    {
        if (payout.ReconciliationStatus != "completed")
            return "";
        var rows = world.Account.Store.BalanceTransactionsByPayout[payout.Id].Where(t => t.Id != payout.BalanceTransaction).ToList();
        return Row(rows.Count, rows.Sum(t => t.Amount), rows.Sum(t => t.Fee), rows.Sum(t => t.Net));
    }

    /// <summary>The rows of one payout in ten.</summary>
    private async Task PayoutRowsAsync()
    {
        foreach (var payout in plain.Payouts.Where((p, i) => i % 10 == 0 && p.ReconciliationStatus == "completed"))
        {
            var found = new List<V1.BalanceTransaction>();
            var token = "";
            do
            {
                var answer = await world.Reports.ListPayoutTransactionsAsync(new() { Payout = "payouts/" + payout.Id, PageSize = 1000, PageToken = token }, world.As("finance"));
                found.AddRange(answer.BalanceTransactions);
                token = answer.NextPageToken;
            }
            while (token.Length > 0);
            differences.Compare(
                "payout's rows",
                world.Account.Store.BalanceTransactionsByPayout[payout.Id].Select(t => Row(payout.Id, t.Id, t.ReportingCategory, t.Source, t.Amount, t.Fee, t.Net, t.Created)),
                found.Select(t => Row(payout.Id, t.Name.Split('/')[1], t.Category, t.SourceId, Minor(t.Gross), Minor(t.Fee), Minor(t.Net), t.CreateTime.Seconds)));
        }
    }

    private async Task UnsettledAsync(DateOnly? at)
    {
        var time = at is { } day ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) : world.Time.GetUtcNow();
        var request = new GetUnsettledBalanceRequest();
        if (at is not null)
            request.AsOfTime = Timestamp.FromDateTimeOffset(time);
        var answer = await world.Reports.GetUnsettledBalanceAsync(request, world.As("finance"));
        var now = time.ToUnixTimeSeconds();
        var payouts = plain.Payouts.ToDictionary(p => p.Id, p => p.Created, StringComparer.Ordinal);
        // A payout that Stripe has not itemised yet carries nothing that anybody could know of: then its own row stands against what it takes.
        var itemised = plain.Payouts.Where(p => p.ReconciliationStatus == "completed" || at is not null).Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        var waiting = plain.Transactions.Where(t => t.Created < now + (at is null ? 1 : 0) && !(t.Payout is { } payout && itemised.Contains(payout) && payouts[payout] < now + (at is null ? 1 : 0))).ToList();
        differences.Compare(
            "unsettled balance",
            waiting.GroupBy(t => (t.Currency, t.ReportingCategory)).Select(g => Row(at, g.Key.Currency.ToUpperInvariant(), g.Key.ReportingCategory, g.Count(), g.Sum(t => t.Amount), g.Sum(t => t.Fee), g.Sum(t => t.Net), g.Where(t => t.AvailableOn <= now).Sum(t => t.Net))),
            answer.Rows.Select(r => Row(at, r.Gross.CurrencyCode, r.Category, r.TransactionCount, Minor(r.Gross), Minor(r.Fee), Minor(r.Net), Minor(r.Available))));
    }

    private async Task FeesAsync()
    {
        var answer = await world.Reports.GetFeesAsync(new() { Interval = Between(First, Last) }, world.As("finance"));
        differences.Compare(
            "fees",
            plain.Transactions.Where(t => t.Fee != 0 || t.ReportingCategory == "charge").GroupBy(t => (Month: On(t).ToString("yyyy-MM-01", CultureInfo.InvariantCulture), t.Currency, t.ReportingCategory)).Select(g =>
                Row(g.Key.Month, g.Key.Currency.ToUpperInvariant(), g.Key.ReportingCategory, g.Count(), g.Sum(t => t.Amount), g.Sum(Expected), g.Sum(t => t.Fee), g.Sum(t => t.Fee) - g.Sum(Expected))),
            answer.Rows.Select(r => Row(Day(r.MonthStartDate), r.Actual.CurrencyCode, r.Category, r.TransactionCount, Minor(r.Gross), Minor(r.Expected), Minor(r.Actual), Minor(r.Difference))));
    }

    /// <summary>2.9 percent, 0.7 more for a subscription's payment, and the fixed part; each rounded by itself. Of what is no gift, what Stripe took.</summary>
    private long Expected(PlainTransaction t)
    {
        if (t.ReportingCategory != "charge" || plain.GiftOf(t) is not { } gift)
            return t.Fee;
        var fixedPart = t.Currency switch { "eur" => 25, "gbp" => 20, "jpy" => 0, _ => 30 };
        return Up(t.Amount * 0.029m) + (gift.Kind == Payment.Types.Kind.OneTime ? 0 : Up(t.Amount * 0.007m)) + fixedPart;

        static long Up(decimal amount) => (long)Math.Round(amount, MidpointRounding.AwayFromZero);
    }

    private async Task ReturnsAsync()
    {
        var found = new List<GiftReturn>();
        var token = "";
        do
        {
            var answer = await world.Reports.ListReturnsAsync(new() { Interval = Between(First, Last), PageSize = 1000, PageToken = token }, world.As("finance"));
            found.AddRange(answer.GiftReturns);
            token = answer.NextPageToken;
        }
        while (token.Length > 0);
        var store = world.Account.Store;
        var refunds = store.Refunds.NewestFirst().Where(r => plain.GiftOf(r.Charge) is not null).Select(r => (Gift: plain.GiftOf(r.Charge)!, r.Created, r.Amount, State: RefundState(r), Reason: r.Reason == "requested_by_customer" ? "requested_by_donor" : r.Reason));
        var disputes = store.Disputes.NewestFirst().Where(d => plain.GiftOf(d.Charge) is not null).Select(d => (Gift: plain.GiftOf(d.Charge)!, d.Created, d.Amount, State: DisputeState(d), Reason: (string?)d.Reason));
        differences.Compare(
            "returns",
            refunds.Concat(disputes).Select(r => Row(r.Gift.Charge.Id, r.Gift.Charge.Created, r.Created, r.Gift.Charge.Amount, r.Amount, r.Gift.Currency, r.State, r.Reason, r.Gift.Pledge.Campaign.Name, r.Gift.Pledge.Campaign.Fund)),
            found.Select(r => Row(r.Charge, r.PayTime.Seconds, r.EventTime.Seconds, Minor(r.GiftAmount), Minor(r.Amount), r.Amount.CurrencyCode, r.Name.StartsWith("refunds/", StringComparison.Ordinal) ? "refund " + r.RefundState : "dispute " + r.DisputeState, r.Reason, r.Campaign, r.Fund)));
    }

    private static string RefundState(PlainRefund refund) => "refund " + refund.Status switch { "succeeded" => V1.Refund.Types.State.Succeeded, "failed" => V1.Refund.Types.State.Failed, _ => V1.Refund.Types.State.Pending };

    private static string DisputeState(PlainDispute dispute) => "dispute " + dispute.Status switch
    {
        "needs_response" or "warning_needs_response" => V1.Dispute.Types.State.NeedsResponse,
        "won" => V1.Dispute.Types.State.Won,
        "lost" => V1.Dispute.Types.State.Lost,
        "warning_closed" => V1.Dispute.Types.State.Closed,
        _ => V1.Dispute.Types.State.UnderReview,
    };

    private static DateOnly On(PlainTransaction t) => PlainBooks.DayOf(t.Created);
}
