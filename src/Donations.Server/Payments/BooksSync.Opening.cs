using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>The opening of books that begin in the middle of an account's life.</summary>
internal sealed partial class BooksSync
{
    /// <summary>No payout travels longer.</summary>
    private const long MaxTransitMicros = 30 * UnixMicros.PerDay;

    /// <summary>A dispute that held money when the books were opened.</summary>
    /// <param name="Dispute">The dispute as it is now.</param>
    /// <param name="WithdrawnMinor">What was gone of Stripe's balance for it, in settlement currency.</param>
    /// <param name="LostTimeMicros">When it was lost since; null where it was not.</param>
    private sealed record OpenDispute(DisputeFacts Dispute, long WithdrawnMinor, long? LostTimeMicros)
    {
        public OpeningItem Item => new(Dispute.Id, Dispute.BalanceTransactions[0].Currency, WithdrawnMinor);
    }

    /// <summary>
    /// The books are opened: where they begin at a date, Stripe's balance at that time, the payouts on their way and the disputes not decided then are booked
    /// against 3000. Answers with the time from which every balance transaction posts by itself.
    /// </summary>
    private async Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = calendar.OpeningMicros;
        if (opening == 0 || database.Read(c => Cursors.Find(c, Cursors.Opening), cancellationToken) is not null)
            return opening;
        Dictionary<string, long> balances;
        List<PayoutFacts> inTransit;
        List<OpenDispute> disputed;
        string? before, newest;
        do
        {
            before = await NewestAsync(cancellationToken);
            balances = (await gateway.GetBalanceAsync(cancellationToken)).ToDictionary(b => b.Currency, b => b.AvailableMinor + b.PendingMinor, StringComparer.Ordinal);
            var returned = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var row in TransactionsSinceAsync(opening, cancellationToken))
            {
                balances[row.Currency] = balances.GetValueOrDefault(row.Currency) - row.NetMinor;
                if (row is { ReportingCategory: "payout_reversal", SourceId: { } payout })
                    returned.Add(payout);
            }

            inTransit = await ListInTransitAsync(opening, returned, cancellationToken);
            disputed = await ListDisputedAsync(opening, cancellationToken);
            newest = await NewestAsync(cancellationToken);
        }
        while (before != newest);

        foreach (var lost in disputed.Where(d => d.LostTimeMicros is not null))
            await RecordChargeAsync(lost.Dispute.ChargeId, cancellationToken);
        var payoutItems = inTransit.ConvertAll(p => new OpeningItem(p.Id, p.Amount.Currency, p.Amount.Minor));
        var disputeItems = disputed.ConvertAll(d => d.Item);
        await database.WriteAsync((SqliteConnection c) =>
        {
            foreach (var currency in balances.Keys.Union(payoutItems.Concat(disputeItems).Select(i => i.Currency)))
                payments.PostOpening(c, currency, balances.GetValueOrDefault(currency), SumOf(payoutItems, currency), SumOf(disputeItems, currency), opening);
            foreach (var item in payoutItems.Concat(disputeItems))
                OpeningItems.Insert(c, item);
            inTransit.FindAll(p => p.Status == "paid").ForEach(p => payments.PostPaid(c, p));
            foreach (var (dispute, _, lost) in disputed.Where(d => d.LostTimeMicros is not null))
                payments.PostLost(c, dispute, PaymentStore.FindByCharge(c, dispute.ChargeId)?.Gift, lost!.Value);
            Cursors.Advance(c, Cursors.Opening, opening);
        });
        return opening;
    }

    /// <summary>
    /// The payouts that were on their way at a time. One that is over now was, if it arrived since, or came back since (<paramref name="returned"/>) without having
    /// arrived before.
    /// </summary>
    private async Task<List<PayoutFacts>> ListInTransitAsync(long opening, HashSet<string> returned, CancellationToken cancellationToken)
    {
        var found = new List<PayoutFacts>();
        await foreach (var page in gateway.ListPayoutsAsync(opening - MaxTransitMicros, cancellationToken))
        {
            found.AddRange(page.Where(p => p.CreateTimeMicros < opening && p.Status switch
            {
                "paid" => calendar.Reaches(p.ArrivalTimeMicros),
                "failed" or "canceled" => calendar.Reaches(p.ArrivalTimeMicros) && returned.Contains(p.Id),
                _ => true,
            }));
        }

        return found;
    }

    /// <summary>The disputes whose money was gone at a time, and that were not decided then. Stripe tells when one was lost by its event alone, which it keeps for thirty days: older ones had been lost before.</summary>
    private async Task<List<OpenDispute>> ListDisputedAsync(long opening, CancellationToken cancellationToken)
    {
        var found = new List<OpenDispute>();
        await foreach (var page in gateway.ListDisputesAsync(opening - DisputeAgeMicros, cancellationToken))
            found.AddRange(page.Select(d => new OpenDispute(d, -d.BalanceTransactions.Where(t => t.CreateTimeMicros < opening).Sum(t => t.AmountMinor), null)).Where(d => d.WithdrawnMinor > 0));
        if (found.All(d => d.Dispute.Status != "lost"))
            return found;
        var closed = (await gateway.ListEventsAsync(opening, int.MaxValue, undelivered: false, cancellationToken, type: "charge.dispute.closed"))
            .GroupBy(e => e.Projection.ObjectId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().CreateTimeMicros, StringComparer.Ordinal);
        return found.FindAll(d => d.Dispute.Status != "lost" || closed.ContainsKey(d.Dispute.Id)).ConvertAll(d => d.Dispute.Status == "lost" ? d with { LostTimeMicros = closed[d.Dispute.Id] } : d);
    }

    private static long SumOf(List<OpeningItem> items, string currency) => items.Where(i => i.Currency == currency).Sum(i => i.AmountMinor);
}
