using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>Finds the gift behind a charge that is not known here yet. The Pledges room can; this room cannot.</summary>
internal interface IChargeResolver
{
    /// <summary>Records the payment of a payment intent, if it is one of ours.</summary>
    Task<bool> SyncIntentAsync(string intentId, CancellationToken cancellationToken);
}

/// <summary>
/// Refunds, payouts, and every other balance transaction of the account: what is not a gift posts too (fees, payouts, other
/// people's charges), so that 1010 equals Stripe's balance.
/// </summary>
internal sealed class BooksSync(Database database, IPaymentGateway gateway, PaymentStore payments, Refunds refunds, IChargeResolver charges) : IStripeEventHandler
{
    private const int Page = 100;

    /// <summary>A sweep ends at the latest after this many pages; the next one goes on.</summary>
    private const int MaxPages = 1000;

    private readonly SemaphoreSlim _oneSweep = new(1, 1);

    public bool Handles(string type) =>
        type is "charge.refunded" or "charge.refund.updated" || type.StartsWith("refund.", StringComparison.Ordinal) || type.StartsWith("payout.", StringComparison.Ordinal);

    public async Task<bool> HandleAsync(InboxRow item, CancellationToken cancellationToken)
    {
        if (item.Facts.ObjectType == "payout")
            return await SyncPayoutAsync(item.ObjectId, cancellationToken);
        if (item.Facts.ObjectType == "refund")
            return await SyncRefundAsync(item.ObjectId, cancellationToken);
        // charge.refunded: the refund has an event of its own, and the sweep posts what has none.
        await SweepAsync(cancellationToken);
        return true;
    }

    /// <summary>Posts every balance transaction that is not in the books yet, newest first, until a whole page is known.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        await _oneSweep.WaitAsync(cancellationToken);
        try
        {
            var posted = 0;
            string? after = null;
            for (var page = 0; page < MaxPages; page++)
            {
                var (rows, more) = await gateway.ListBalanceTransactionsAsync(after, Page, cancellationToken);
                var unknown = rows.Where(r => !database.Read(c => LedgerStore.IsPosted(c, PostingRules.BalanceTransaction, r.Id), cancellationToken)).ToList();
                // Oldest first: a charge before its refund.
                for (var i = unknown.Count - 1; i >= 0; i--)
                    posted += await PostAsync(unknown[i], cancellationToken) ? 1 : 0;
                if (!more || unknown.Count == 0)
                    break;
                after = rows[^1].Id;
            }

            return posted;
        }
        finally
        {
            _oneSweep.Release();
        }
    }

    private async Task<bool> PostAsync(BalanceTransactionFacts facts, CancellationToken cancellationToken)
    {
        var source = facts.SourceId;
        var ours = facts.ReportingCategory switch
        {
            "charge" when source is not null && await gateway.FindIntentOfChargeAsync(source, cancellationToken) is { } intent => await charges.SyncIntentAsync(intent, cancellationToken),
            "refund" or "refund_failure" when source is not null && source.StartsWith("re_", StringComparison.Ordinal) => await SyncRefundAsync(source, cancellationToken),
            "payout" when source is not null => await SyncPayoutAsync(source, cancellationToken),
            _ => false,
        };
        // What the sync did not post (its balance transaction may be another one, or the object is not ours) posts as it is.
        return await database.WriteAsync(c => payments.Post(c, facts, null)) || ours;
    }

    private async Task<bool> SyncRefundAsync(string refundId, CancellationToken cancellationToken)
    {
        var facts = await gateway.GetRefundAsync(refundId, cancellationToken);
        if (await database.WriteAsync(c => refunds.Apply(c, facts)))
            return true;
        // The charge may be ours and not recorded yet.
        return facts.ChargeId is not null
            && await gateway.FindIntentOfChargeAsync(facts.ChargeId, cancellationToken) is { } intent
            && await charges.SyncIntentAsync(intent, cancellationToken)
            && await database.WriteAsync(c => refunds.Apply(c, facts));
    }

    private async Task<bool> SyncPayoutAsync(string payoutId, CancellationToken cancellationToken)
    {
        var payout = await gateway.GetPayoutAsync(payoutId, cancellationToken);
        await database.WriteAsync((SqliteConnection c) =>
        {
            if (payout.BalanceTransaction is { } transaction)
                payments.Post(c, transaction, null);
            if (payout.Status == "paid")
                payments.PostPaid(c, payout);
        });
        return true;
    }
}
