using System.Globalization;
using Donations.StripeSimulator.Resources;
using Donations.V1;
using static Donations.SimulationTests.Decade.DecadePeople;
using static Donations.SimulationTests.Decade.Differences;
using static Donations.SimulationTests.Decade.LedgerChecks;
using Kind = Donations.V1.MrrMovementKind;

namespace Donations.SimulationTests.Decade;

/// <summary>Reports on pledges and donors, against how Stripe's subscriptions stood after every deed and day, and who paid when.</summary>
internal sealed class PledgeChecks(PlainBooks plain, DecadeWorld world, DecadeOptions options, Differences differences)
{
    private readonly List<(DateOnly Month, string Currency, DateOnly Cohort, Kind Kind, long Minor, int Count)> _moves = [];

    private DateOnly First => DateOnly.FromDateTime(DecadeOptions.Start.Date);

    private DateOnly Last => First.AddYears(options.Years);

    private IEnumerable<DateOnly> Months
    {
        get
        {
            for (var month = First; month < Last; month = month.AddMonths(1))
                yield return month;
        }
    }

    public async Task RunAsync()
    {
        Classify();
        await MrrAsync();
        await RetentionAsync();
        await LifecycleAsync();
        await PerformanceAsync();
        await DunningAsync();
    }

    private void Classify()
    {
        var cohorts = new Dictionary<DecadePledge, DateOnly>();
        foreach (var move in plain.Run.Moves.Where(m => m.Before.Counts || m.After.Counts))
        {
            var month = new DateOnly(move.Day.Year, move.Day.Month, 1);
            var fresh = cohorts.TryAdd(move.Pledge, month);
            var minor = move.After.MonthlyMinor - move.Before.MonthlyMinor;
            var kind = (move.Before.Counts, move.After.Counts) switch
            {
                (true, true) => minor > 0 ? Kind.Upgrade : Kind.Downgrade,
                (false, _) => fresh ? Kind.New : Kind.Reactivated,
                _ => move.After.Paused ? Kind.Paused : Ended(move),
            };
            _moves.Add((month, move.Pledge.Currency, cohorts[move.Pledge], kind, minor, (move.After.Counts ? 1 : 0) - (move.Before.Counts ? 1 : 0)));
        }
    }

    /// <summary>A fraud that the bank told of ends a gift before anybody's wish; otherwise its donor asked for the end, a dispute made it, or its payments failed.</summary>
    private Kind Ended(Move move)
    {
        var store = world.Account.Store;
        var charges = store.ChargesByCustomer[store.Get<Donations.StripeSimulator.Billing.Subscription>(move.Pledge.Subscription!).Customer];
        if (charges.SelectMany(c => store.FraudWarningsByCharge[c.Id]).Any(w => PlainBooks.DayOf(w.Created) == move.Day))
            return Kind.FailedChurn;
        var dispute = charges.SelectMany(c => store.DisputesByCharge[c.Id]).FirstOrDefault(d => PlainBooks.DayOf(d.Created) == move.Day && !d.Inquiry);
        return dispute is not null ? dispute.Reason == "fraudulent" ? Kind.FailedChurn : Kind.VoluntaryChurn : move.Pledge.EndAsked ? Kind.VoluntaryChurn : Kind.FailedChurn;
    }

    private async Task MrrAsync()
    {
        var answer = await world.Reports.GetMrrMovementsAsync(new() { Interval = Between(First, Last) }, world.As("finance"));
        Kind[] kinds = [Kind.New, Kind.Reactivated, Kind.Upgrade, Kind.Downgrade, Kind.Paused, Kind.VoluntaryChurn, Kind.FailedChurn];
        differences.Compare(
            "MRR",
            from month in Months
            from currency in _moves.Select(m => m.Currency).Distinct()
            let mine = _moves.Where(m => m.Currency == currency).ToList()
            select Row(Text(month), currency, mine.Where(m => m.Month < month).Sum(m => m.Minor), Row([.. kinds.Select(k => (object)mine.Where(m => m.Month == month && m.Kind == k).Sum(m => m.Minor))]), mine.Where(m => m.Month <= month).Sum(m => m.Minor)),
            answer.Rows.Select(r => Row(
                Day(r.MonthStartDate), r.Opening.CurrencyCode, Minor(r.Opening),
                Row(Minor(r.NewAmount), Minor(r.ReactivatedAmount), Minor(r.UpgradeAmount), Minor(r.DowngradeAmount), Minor(r.PausedAmount), Minor(r.VoluntaryChurnAmount), Minor(r.FailedChurnAmount)), Minor(r.Closing))));
    }

    private async Task RetentionAsync()
    {
        var answer = await world.Reports.GetRetentionAsync(new() { Interval = Between(First, Last) }, world.As("finance"));
        differences.Compare(
            "retention",
            _moves.GroupBy(m => (m.Cohort, m.Currency)).Select(g =>
            {
                var months = Months.Where(m => m >= g.Key.Cohort).ToList();
                return Row(
                    Text(g.Key.Cohort), g.Key.Currency, g.Count(m => m.Kind == Kind.New),
                    string.Join(',', months.Select(month => g.Where(m => m.Month <= month).Sum(m => m.Count))), string.Join(',', months.Select(month => g.Where(m => m.Month <= month).Sum(m => m.Minor))));
            }),
            answer.Cohorts.Select(c => Row(Day(c.MonthStartDate), c.Currency, c.PledgeCount, string.Join(',', c.RetainedCounts), string.Join(',', c.RetainedAmounts.Select(Minor)))));
    }

    private async Task LifecycleAsync()
    {
        var answer = await world.Reports.GetDonorLifecycleAsync(new(), world.As("finance"));
        var years = plain.Gifts.GroupBy(g => g.Pledge.Donor).Select(g => g.Select(x => x.Day.Year).ToHashSet()).ToList();
        differences.Compare(
            "donor lifecycle",
            Enumerable.Range(First.Year, options.Years).Select(year =>
            {
                var before = years.Where(y => y.Contains(year - 1)).ToList();
                var retained = before.Count(y => y.Contains(year));
                var fresh = years.Count(y => y.Contains(year) && y.Min() == year);
                var earlier = years.Where(y => y.Min() < year && !y.Contains(year - 1)).ToList();
                return Row(year, years.Count(y => y.Contains(year)), fresh, retained, earlier.Count(y => y.Contains(year)), before.Count - retained, earlier.Count(y => !y.Contains(year)));
            }),
            answer.Rows.Select(r => Row(r.Year, r.DonorCount, r.NewCount, r.RetainedCount, r.ReactivatedCount, r.LybuntCount, r.SybuntCount)));
    }

    private async Task PerformanceAsync()
    {
        for (var from = First; from < Last; from = from.AddYears(1))
        {
            var to = from.AddYears(1);
            var answer = await world.Reports.GetCampaignPerformanceAsync(new() { Interval = Between(from, to), GroupByAppeal = true, GroupByPlacement = true }, world.As("finance"));
            var gifts = plain.Gifts.Where(g => g.Day >= from && g.Day < to).ToList();
            differences.Compare(
                "campaign performance",
                gifts.GroupBy(g => (g.Pledge.Campaign.Name, g.Pledge.Appeal, g.Pledge.Placement, g.Currency)).Select(g => Row(from, g.Key.Name, g.Key.Appeal, g.Key.Placement, g.Key.Currency, Performance([.. g]))),
                answer.Rows.Select(r => Row(from, r.Campaign, r.Appeal, r.Placement, r.Amount.CurrencyCode, Performance(r))));
            differences.Compare("campaign performance, totals", gifts.GroupBy(g => g.Currency).Select(g => Row(from, g.Key, Performance([.. g]))), answer.Totals.Select(r => Row(from, r.Amount.CurrencyCode, Performance(r))));
        }
    }

    private static string Performance(IReadOnlyList<PlainGift> gifts)
    {
        var kinds = new[] { Payment.Types.Kind.OneTime, Payment.Types.Kind.RecurringFirst, Payment.Types.Kind.RecurringSubsequent }.Select(k => gifts.Where(g => g.Kind == k).ToList());
        var sum = gifts.Sum(g => g.Charge.Amount);
        return Row(Row([.. kinds.Select(k => Row(k.Count, k.Sum(g => g.Charge.Amount)))]), gifts.Count, sum, PlainBooks.HalfEven((decimal)sum / gifts.Count));
    }

    private static string Performance(CampaignPerformanceRow r) => Row(
        Row(Row(r.OneTimeCount, Minor(r.OneTimeAmount)), Row(r.NewPledgeCount, Minor(r.NewPledgeAmount)), Row(r.RenewalCount, Minor(r.RenewalAmount))), r.PaymentCount, Minor(r.Amount), Minor(r.AverageAmount));

    /// <summary>How subscriptions stand now.</summary>
    private async Task DunningAsync()
    {
        var answer = await world.Reports.GetDunningAsync(new(), world.As("finance"));
        var rows = new List<(DunningRow.Types.Risk Risk, string Currency, string Reason, int Weeks, long Monthly)>();
        foreach (var subscription in world.Account.Store.Subscriptions.NewestFirst().Where(s => s.Status is "active" or "past_due"))
        {
            var pledge = plain.Run.PledgeOf(subscription.Id);
            if (pledge is null || Risk(subscription) is not { } risk)
                continue;
            var price = world.Account.Store.Get<Price>(subscription.Items[0].Price);
            var amount = price.UnitAmount * subscription.Items[0].Quantity;
            rows.Add((risk.Risk, pledge.Currency, risk.Reason, risk.Weeks, price.Interval == "year" ? PlainBooks.HalfEven(amount / 12m) : amount));
        }

        differences.Compare(
            "dunning",
            rows.GroupBy(r => (r.Risk, r.Currency, r.Reason, r.Weeks)).Select(g => Row(g.Key.Risk, g.Key.Currency, g.Key.Reason, g.Key.Weeks, g.Count(), g.Sum(r => r.Monthly))),
            answer.Rows.Select(r => Row(r.Risk, r.MonthlyAmount.CurrencyCode, r.Reason, r.WeeksLate, r.PledgeCount, Minor(r.MonthlyAmount))));
    }

    private (DunningRow.Types.Risk Risk, string Reason, int Weeks)? Risk(Donations.StripeSimulator.Billing.Subscription subscription)
    {
        var today = Last.AddDays(-1);
        if (subscription.PauseCollection is not null)
            return (DunningRow.Types.Risk.Paused, "requested", 0);
        if (subscription.Status == "past_due")
        {
            var failed = world.Account.Store.ChargesByCustomer[subscription.Customer].Last(c => c.Status == "failed");
            return (DunningRow.Types.Risk.PastDue, failed.FailureCode == "expired_card" ? "card_expired" : "declined", (today.DayNumber - plain.Run.LateSince[subscription.Id].DayNumber) / 7);
        }

        if (subscription.CancelAtPeriodEnd)
            return (DunningRow.Types.Risk.Ending, "", 0);
        var card = world.Account.Store.Find<PaymentMethod>(subscription.DefaultPaymentMethod);
        var months = card is null ? int.MaxValue : ((card.ExpYear - today.Year) * 12) + card.ExpMonth - today.Month;
        return months is >= 0 and <= 2 ? (DunningRow.Types.Risk.CardExpiring, string.Create(CultureInfo.InvariantCulture, $"{card!.ExpYear:D4}-{card.ExpMonth:D2}"), 0) : null;
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
