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
internal sealed partial class BooksSync(Database database, IPaymentGateway gateway, PaymentStore payments, Refunds refunds, IChargeResolver charges, ILogger<BooksSync> log) : IStripeEventHandler
{
    private const int Page = 100;
    private const string Cursor = "balance_transactions";

    /// <summary>Each sweep looks this far behind the end of the last complete one.</summary>
    private const long OverlapMicros = 2L * 3600 * UnixMicros.PerSecond;

    private readonly SemaphoreSlim _oneSweep = new(1, 1);

    public bool Handles(string type) =>
        type is "charge.refund.updated" || type.StartsWith("charge.dispute.", StringComparison.Ordinal) || type.StartsWith("refund.", StringComparison.Ordinal) || type.StartsWith("payout.", StringComparison.Ordinal);

    public Task<bool> HandleAsync(InboxRow item, CancellationToken cancellationToken) => item.Facts.ObjectType switch
    {
        "payout" => SyncPayoutAsync(item.ObjectId, cancellationToken),
        "dispute" => SyncDisputeAsync(item.ObjectId, item.EventTimeUs, cancellationToken),
        _ => SyncRefundAsync(item.ObjectId, cancellationToken),
    };

    /// <summary>
    /// Posts every balance transaction since the last complete sweep that is not in the books yet. One that cannot be posted now does
    /// not stop the others; the cursor moves only when all are in.
    /// </summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        await _oneSweep.WaitAsync(cancellationToken);
        try
        {
            var since = Math.Max(0, (database.Read(c => Cursors.Find(c, Cursor), cancellationToken) ?? 0) - OverlapMicros);
            var (unknown, newest) = await ListUnknownAsync(since, cancellationToken);
            var posted = 0;
            // Oldest first: a charge before its refund.
            for (var i = unknown.Count - 1; i >= 0; i--)
            {
                try
                {
                    await PostAsync(unknown[i], cancellationToken);
                    posted++;
                }
                catch (Exception e) when (e is GatewayUnknownException or GatewayRefusedException)
                {
                    LogNotPosted(log, unknown[i].Id, e.GetType().Name);
                }
            }

            if (posted == unknown.Count && newest > 0)
                await database.WriteAsync(c => Cursors.Advance(c, Cursor, newest));
            return posted;
        }
        finally
        {
            _oneSweep.Release();
        }
    }

    private async Task<(List<BalanceTransactionFacts> Unknown, long NewestMicros)> ListUnknownAsync(long since, CancellationToken cancellationToken)
    {
        var unknown = new List<BalanceTransactionFacts>();
        var newest = 0L;
        string? after = null;
        while (true)
        {
            var (rows, more) = await gateway.ListBalanceTransactionsAsync(since, after, Page, cancellationToken);
            unknown.AddRange(database.Read(c => rows.Where(r => !LedgerStore.IsPosted(c, PostingRules.BalanceTransaction, r.Id)).ToList(), cancellationToken));
            newest = rows.Select(r => r.CreateTimeMicros).Append(newest).Max();
            if (!more || rows.Count == 0)
                return (unknown, newest);
            after = rows[^1].Id;
        }
    }

    private async Task PostAsync(BalanceTransactionFacts facts, CancellationToken cancellationToken)
    {
        var source = facts.SourceId ?? "";
        if (facts.ReportingCategory == "charge" && await gateway.FindIntentOfChargeAsync(source, cancellationToken) is { } intent)
            await charges.SyncIntentAsync(intent, cancellationToken);
        else if (facts.ReportingCategory is "refund" or "refund_failure" && source.StartsWith("re_", StringComparison.Ordinal))
            await SyncRefundAsync(source, cancellationToken);
        else if (facts.ReportingCategory == "payout")
            await SyncPayoutAsync(source, cancellationToken);

        // What the sync did not post posts as it is: a fact of the gift behind it, or nobody's of ours.
        var charge = facts.ReportingCategory switch
        {
            "charge" or "charge_failure" or "partial_capture_reversal" => source,
            "dispute" or "dispute_reversal" => (await gateway.GetDisputeAsync(source, cancellationToken)).ChargeId,
            _ => "",
        };
        await database.WriteAsync(c => payments.Post(c, facts, charge.Length == 0 ? null : PaymentStore.FindByCharge(c, charge)?.Gift));
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

    /// <summary>Withdrawn and reinstated money by its balance transactions; lost, by the event that said so.</summary>
    private async Task<bool> SyncDisputeAsync(string disputeId, long eventTimeMicros, CancellationToken cancellationToken)
    {
        var dispute = await gateway.GetDisputeAsync(disputeId, cancellationToken);
        if (await gateway.FindIntentOfChargeAsync(dispute.ChargeId, cancellationToken) is { } intent)
            await charges.SyncIntentAsync(intent, cancellationToken);
        return await database.WriteAsync(c =>
        {
            var gift = PaymentStore.FindByCharge(c, dispute.ChargeId)?.Gift;
            foreach (var transaction in dispute.BalanceTransactions)
                payments.Post(c, transaction, gift);
            if (gift is not null)
                payments.PostLost(c, dispute, gift, eventTimeMicros);
            return gift is not null;
        });
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{BalanceTransaction} is not posted yet: {Failure}")]
    private static partial void LogNotPosted(ILogger log, string balanceTransaction, string failure);
}
