using System.Runtime.CompilerServices;
using Donations.Server.Ledger;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Kind = Donations.V1.ReconciliationException.Types.Kind;

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
internal sealed partial class BooksSync(
    Database database, IPaymentGateway gateway, PaymentStore payments, PayoutStore payouts, Refunds refunds, Disputes disputes, Settlements settlements, IChargeResolver charges, ExceptionStore exceptions,
    BookCalendar calendar, ChartOfAccounts chart, TimeProvider time, ILogger<BooksSync> log) : IStripeEventHandler, IReconciliationStage, IPayoutReader, IBalanceObserver
{
    private const int Page = 100;
    private const string Cursor = "balance_transactions";

    /// <summary>Each sweep looks this far behind the end of the last complete one.</summary>
    private const long OverlapMicros = 2L * 3600 * UnixMicros.PerSecond;

    /// <summary>A dispute lives for months, and is listed by when it was opened.</summary>
    private const long DisputeAgeMicros = 120 * UnixMicros.PerDay;

    private readonly SemaphoreSlim _oneSweep = new(1, 1);

    public bool Handles(string type) =>
        type is "charge.refund.updated" or "charge.refunded" || type.StartsWith("charge.dispute.", StringComparison.Ordinal) || type.StartsWith("refund.", StringComparison.Ordinal) || type.StartsWith("payout.", StringComparison.Ordinal);

    public Task<bool> HandleAsync(IReadOnlyList<InboxRow> items, CancellationToken cancellationToken)
    {
        var item = items[^1];
        return item.Facts.ObjectType switch
        {
            "payout" => SyncPayoutAsync(item.ObjectId, again: false, cancellationToken),
            "dispute" => SyncDisputeAsync(item.ObjectId, items.FirstOrDefault(i => i.Type == "charge.dispute.closed")?.EventTimeUs ?? item.EventTimeUs, cancellationToken),
            "charge" => SyncRefundsOfAsync(item.ObjectId, item.Facts.PaymentIntentId, cancellationToken),
            _ => SyncRefundAsync(item.ObjectId, cancellationToken),
        };
    }

    public async Task AfterBatchAsync(CancellationToken cancellationToken)
    {
        try
        {
            // What the listing does not show yet is looked at one by one; the sweep takes what neither finds.
            foreach (var charge in await settlements.SettleAsync(cancellationToken))
            {
                if (database.Read(c => PaymentStore.FindByCharge(c, charge), cancellationToken) is { } payment)
                    await charges.SyncIntentAsync(payment.StripePaymentIntentId, cancellationToken);
            }
        }
        catch (OutcomeUnknownException e)
        {
            // Still asked for; the next batch or the sweep settles it.
            LogNotSettled(log, e.Message);
        }
    }

    /// <summary>
    /// Posts every balance transaction since the last complete sweep that is not in the books yet. One that cannot be posted now does
    /// not stop the others; the cursor moves only when all are in.
    /// </summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        if (time.NowMicros() < calendar.OpeningMicros)
            return 0;
        await _oneSweep.WaitAsync(cancellationToken);
        try
        {
            var since = database.Read(c => Cursors.Find(c, Cursor), cancellationToken) is { } cursor ? Math.Max(calendar.OpeningMicros, cursor - OverlapMicros) : await OpenAsync(cancellationToken);
            var (unknown, newest) = await ListUnknownAsync(since, cancellationToken);
            var posted = new List<BalanceTransactionFacts>();
            // Oldest first: a charge before its refund.
            for (var i = unknown.Count - 1; i >= 0; i--)
            {
                if (await PostOneAsync(unknown[i], cancellationToken))
                    posted.Add(unknown[i]);
            }

            await NoteMissedAsync(posted, cancellationToken);
            if (posted.Count == unknown.Count && newest > 0)
                await database.WriteAsync(c => Cursors.Advance(c, Cursor, newest));
            return posted.Count;
        }
        finally
        {
            _oneSweep.Release();
        }
    }

    private bool IsBooked(BalanceTransactionFacts facts, CancellationToken cancellationToken) => database.Read(c => BalanceTransactions.Find(c, facts.Id), cancellationToken) is not null;

    private async Task<bool> PostOneAsync(BalanceTransactionFacts facts, CancellationToken cancellationToken)
    {
        try
        {
            await PostAsync(facts, cancellationToken);
            if (!IsBooked(facts, cancellationToken))
            {
                LogNotPosted(log, facts.Id, "its gift is not settled");
                return false;
            }
        }
        catch (GatewayRefusedException e)
        {
            // What it is about cannot be read: it posts to the one it would have, without a gift, and somebody looks. It must not hold up the others.
            await PostBareAsync(facts, e.Code);
        }
        catch (OutcomeUnknownException e)
        {
            LogNotPosted(log, facts.Id, e.GetType().Name);
            return false;
        }

        return true;
    }

    private Task PostBareAsync(BalanceTransactionFacts facts, string code) => database.WriteAsync((SqliteConnection c) =>
    {
        payments.Post(c, facts, null);
        exceptions.Open(c, Kind.BalanceTransaction, facts.Id, null, $"{facts.ReportingCategory} of {facts.NetMinor} {facts.Currency} is about something that cannot be read: {code}");
    });

    /// <summary>Events and sweeps bring money into the books within minutes: what is hours old had been missed. The first sweep of an account misses nothing.</summary>
    private async Task NoteMissedAsync(List<BalanceTransactionFacts> posted, CancellationToken cancellationToken)
    {
        var late = posted.FindAll(f => f.CreateTimeMicros < time.NowMicros() - OverlapMicros);
        if (late.Count > 0 && database.Read(c => Cursors.Find(c, Cursor), cancellationToken) is not null)
            await database.WriteAsync((SqliteConnection c) => late.ForEach(f => exceptions.Healed(c, Kind.BalanceTransaction, f.Id, null, $"{f.ReportingCategory} of {f.NetMinor} {f.Currency} was not in the books")));
    }

    private async Task<(List<BalanceTransactionFacts> Unknown, long NewestMicros)> ListUnknownAsync(long since, CancellationToken cancellationToken)
    {
        var unknown = new List<BalanceTransactionFacts>();
        var newest = 0L;
        await foreach (var page in TransactionsSinceAsync(since, cancellationToken).Chunk(Page).WithCancellation(cancellationToken))
        {
            unknown.AddRange(database.Read(c => page.Where(r => BalanceTransactions.Find(c, r.Id) is null).ToList(), cancellationToken));
            newest = page.Select(r => r.CreateTimeMicros).Append(newest).Max();
        }

        return (unknown, newest);
    }

    /// <summary>All balance transactions since a time, newest first.</summary>
    private async IAsyncEnumerable<BalanceTransactionFacts> TransactionsSinceAsync(long since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        bool more;
        do
        {
            (var rows, more) = await gateway.ListBalanceTransactionsAsync(since, null, after, Page, cancellationToken);
            foreach (var row in rows)
                yield return row;
            after = rows is [.., var last] ? last.Id : null;
        }
        while (more && after is not null);
    }

    private async Task PostAsync(BalanceTransactionFacts facts, CancellationToken cancellationToken)
    {
        var source = facts.SourceId ?? "";
        // Where the events about a charge were lost, how it was paid is not known yet: then it is read, since its entry could not be changed later. One that has its
        // entry (from before balance transactions were kept) is only noted.
        if (facts.ReportingCategory == "charge" && database.Read(c => PaymentStore.FindByCharge(c, source), cancellationToken) is { } known && (known.Method is not null || known.StripeBalanceTransactionId is not null))
            await database.WriteAsync(c => payments.Settle(c, known, facts));
        else if (facts.ReportingCategory == "charge" && await gateway.FindIntentOfChargeAsync(source, cancellationToken) is { } intent)
            await charges.SyncIntentAsync(intent, cancellationToken);
        else if (facts.ReportingCategory is "refund" or "refund_failure" && source.Length > 0)
            await SyncRefundAsync(source, cancellationToken);
        else if (facts.ReportingCategory is "payout" or "payout_reversal" && source.Length > 0)
            await SyncPayoutAsync(source, again: false, cancellationToken);
        if (IsBooked(facts, cancellationToken))
            return;

        // What the sync did not post posts as it is: a fact of the gift behind it, or nobody's of ours.
        var (charge, disputed) = facts.ReportingCategory switch
        {
            "charge" or "charge_failure" or "partial_capture_reversal" => (source, null),
            "dispute" or "dispute_reversal" when await gateway.GetDisputeAsync(source, cancellationToken) is { } dispute => (dispute.ChargeId, dispute.Amount.Minor),
            "refund" or "refund_failure" when source.Length > 0 && await gateway.GetRefundAsync(source, cancellationToken) is { ChargeId: { } refunded } refund => (refunded, refund.Amount.Minor),
            _ => ("", (long?)null),
        };
        if (disputed is not null)
            await RecordChargeAsync(charge, cancellationToken);
        await database.WriteAsync(c => payments.Post(c, facts, charge.Length == 0 ? null : PaymentStore.FindByCharge(c, charge)?.Gift, disputed));
    }

    private async Task<bool> SyncRefundAsync(string refundId, CancellationToken cancellationToken)
    {
        var facts = await gateway.GetRefundAsync(refundId, cancellationToken);
        if (facts.ChargeId is { } charge)
            await RecordChargeAsync(charge, cancellationToken);
        return await database.WriteAsync(c => refunds.Apply(c, facts));
    }

    private async Task<bool> SyncRefundsOfAsync(string chargeId, string? intentId, CancellationToken cancellationToken)
    {
        if (intentId is null || !await charges.SyncIntentAsync(intentId, cancellationToken))
            return false;
        foreach (var facts in await gateway.ListRefundsOfAsync(intentId, cancellationToken))
            await database.WriteAsync(c => refunds.Apply(c, facts));
        return true;
    }

    private async Task<bool> SyncDisputeAsync(string disputeId, long eventTimeMicros, CancellationToken cancellationToken)
    {
        var dispute = await gateway.GetDisputeAsync(disputeId, cancellationToken);
        await RecordChargeAsync(dispute.ChargeId, cancellationToken);
        return await database.WriteAsync(c => disputes.Apply(c, dispute, eventTimeMicros));
    }

    /// <summary>A charge that may be ours is recorded, and settled, before what refers to it: what goes back of it is booked at its rate.</summary>
    private async Task RecordChargeAsync(string chargeId, CancellationToken cancellationToken)
    {
        var known = database.Read(c => PaymentStore.FindByCharge(c, chargeId), cancellationToken);
        if (known is { StripeBalanceTransactionId: not null })
            return;
        if ((known?.StripePaymentIntentId ?? await gateway.FindIntentOfChargeAsync(chargeId, cancellationToken)) is { } intent)
            await charges.SyncIntentAsync(intent, cancellationToken);
    }

    public int Order => 20;

    public string Name => "refunds, disputes, payouts, balance transactions";

    /// <summary>The money side: each object is written as an event about it would be; what that changes had been missing.</summary>
    public async Task ReconcileAsync(ReconciliationRun run, CancellationToken cancellationToken)
    {
        await foreach (var page in gateway.ListRefundsAsync(run.SinceMicros, cancellationToken))
        {
            foreach (var facts in page)
            {
                if (facts.ChargeId is { } charge)
                    await RecordChargeAsync(charge, cancellationToken);
                await run.CompareAsync(facts.CreateTimeMicros, facts.Id, Kind.Refund, c => PaymentStore.FindRefundByStripeId(c, facts.Id), r => $"{PaymentMapping.RefundPrefix}{r.RefundId}", c => refunds.Apply(c, facts));
            }
        }

        await foreach (var page in gateway.ListDisputesAsync(run.SinceMicros - DisputeAgeMicros, cancellationToken))
        {
            foreach (var facts in page)
            {
                await RecordChargeAsync(facts.ChargeId, cancellationToken);
                await run.CompareAsync(facts.CreateTimeMicros, facts.Id, Kind.Dispute, c => Disputes.FindByStripeId(c, facts.Id), d => $"{PaymentMapping.DisputePrefix}{d.DisputeId}", c => disputes.Apply(c, facts, time.NowMicros()));
            }
        }

        await foreach (var page in gateway.ListPayoutsAsync(run.SinceMicros, cancellationToken))
        {
            foreach (var facts in page)
            {
                await run.CompareAsync(facts.CreateTimeMicros, facts.Id, Kind.Payout, c => PayoutStore.Find(c, facts.Id)?.State, _ => LedgerMapping.PayoutPrefix + facts.Id, c => Apply(c, facts));
                await ItemiseAsync(facts, again: false, cancellationToken);
            }
        }

        await SweepAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Settlements wait: {Why}")]
    private static partial void LogNotSettled(ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe's balance moved during each of {Tries} looks at it: it was not held against 1010 this time")]
    private static partial void LogNotStill(ILogger log, int tries);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{BalanceTransaction} is not posted yet: {Failure}")]
    private static partial void LogNotPosted(ILogger log, string balanceTransaction, string failure);
}
