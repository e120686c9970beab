using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Kind = Donations.V1.ReconciliationException.Types.Kind;
using PayoutState = Donations.V1.Payout.Types.State;

namespace Donations.Server.Payments;

/// <summary>Payouts with the rows that they carry, and Stripe's balance.</summary>
internal sealed partial class BooksSync
{
    private const int BalanceTries = 5;

    public async Task<bool> ReadAsync(string payoutId, CancellationToken cancellationToken)
    {
        try
        {
            return await SyncPayoutAsync(payoutId, again: true, cancellationToken);
        }
        catch (GatewayRefusedException e) when (e.Code == "resource_missing")
        {
            return false;
        }
    }

    /// <summary>Payouts that Stripe has itemised meanwhile, although no event said so.</summary>
    public async Task ReadOpenPayoutsAsync(CancellationToken cancellationToken)
    {
        foreach (var open in database.Read(c => PayoutStore.ListOpen(c, time.NowMicros() - OverlapMicros), cancellationToken))
            await SyncPayoutAsync(open.PayoutId, again: false, cancellationToken);
    }

    public async Task<IReadOnlyList<BalanceSeen>?> ObserveAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < BalanceTries; i++)
        {
            await SweepAsync(cancellationToken);
            var (before, newestBefore) = (Clearing(cancellationToken), await NewestAsync(cancellationToken));
            var balance = await gateway.GetBalanceAsync(cancellationToken);
            var (newestAfter, after) = (await NewestAsync(cancellationToken), Clearing(cancellationToken));
            if (newestBefore == newestAfter && before.OrderBy(b => b.Key, StringComparer.Ordinal).SequenceEqual(after.OrderBy(a => a.Key, StringComparer.Ordinal)))
                return [.. balance.Select(b => b.Currency).Union(after.Keys).Order(StringComparer.Ordinal).Select(currency => Seen(currency, balance.FirstOrDefault(b => b.Currency == currency), after))];
        }

        LogNotStill(log, BalanceTries);
        return null;
    }

    private static BalanceSeen Seen(string currency, BalanceFacts? balance, Dictionary<string, long> clearing) =>
        new(currency, balance?.AvailableMinor ?? 0, balance?.PendingMinor ?? 0, clearing.GetValueOrDefault(currency));

    private Dictionary<string, long> Clearing(CancellationToken cancellationToken) =>
        database.Read(c => LedgerStore.BalanceOf(c, chart.Code(Account.StripeClearing), int.MaxValue), cancellationToken);

    private async Task<string?> NewestAsync(CancellationToken cancellationToken) =>
        (await gateway.ListBalanceTransactionsAsync(0, null, null, 1, cancellationToken)).Rows is [var newest, ..] ? newest.Id : null;

    private async Task<bool> SyncPayoutAsync(string payoutId, bool again, CancellationToken cancellationToken)
    {
        var payout = await gateway.GetPayoutAsync(payoutId, cancellationToken);
        await database.WriteAsync((SqliteConnection c) => Apply(c, payout));
        await ItemiseAsync(payout, again, cancellationToken);
        return true;
    }

    private void Apply(SqliteConnection connection, PayoutFacts payout)
    {
        if (payout.BalanceTransaction is { } transaction)
            payments.Post(connection, transaction, null);
        // One that was on its way when the books were opened is in the opening entry: it reaches the bank, and is no batch of theirs.
        var older = payout.CreateTimeMicros < calendar.OpeningMicros;
        if (payout.Status == "paid" && (!older || OpeningItems.Find(connection, payout.Id) is not null))
            payments.PostPaid(connection, payout);
        if (older)
            return;
        payouts.Upsert(connection, new(
            payout.Id, (long)ToState(payout.Status), payout.Amount.Minor, payout.Amount.Currency, payout.Automatic ? 1 : 0, payout.CreateTimeMicros, payout.ArrivalTimeMicros, payout.BalanceTransaction?.Id,
            payout.FailureCode, 0, 0, 0, 0, 0, 0, 0, null, null, null, null, null, null, null));
        if (!payout.Automatic || payout.Status is "failed" or "canceled")
            payouts.Verify(connection, payout.Id);
    }

    /// <summary>Notes on each balance transaction which payout carried it, posts those that were missed, and verifies the total.</summary>
    private async Task ItemiseAsync(PayoutFacts payout, bool again, CancellationToken cancellationToken)
    {
        if (!payout.Automatic || !payout.Itemisable || payout.CreateTimeMicros < calendar.OpeningMicros || (!again && database.Read(c => PayoutStore.Find(c, payout.Id), cancellationToken) is { Itemised: 1, OpenReason: null }))
            return;
        var (missing, openingMinor) = (0, 0L);
        await foreach (var page in gateway.ListTransactionsOfPayoutAsync(payout.Id, cancellationToken))
        {
            foreach (var unknown in database.Read(c => page.Where(t => BalanceTransactions.Find(c, t.Id) is null).ToList(), cancellationToken))
            {
                // Of the time before these books were opened, an opening entry speaks.
                if (unknown.CreateTimeMicros >= calendar.OpeningMicros)
                    await PostOneAsync(unknown, cancellationToken);
            }

            openingMinor += page.Where(t => t.CreateTimeMicros < calendar.OpeningMicros).Sum(t => t.NetMinor);
            missing += await database.WriteAsync(c => page.Count(t => t.CreateTimeMicros >= calendar.OpeningMicros && !BalanceTransactions.SetPayout(c, t.Id, payout.Id)));
        }

        await database.WriteAsync((SqliteConnection c) =>
        {
            payouts.Itemise(c, payout.Id, missing, openingMinor);
            if (PayoutStore.Find(c, payout.Id)!.OpenReason is { } reason)
                exceptions.Open(c, Kind.PayoutDifference, payout.Id, LedgerMapping.PayoutPrefix + payout.Id, reason);
            else
                exceptions.Resolve(c, Kind.PayoutDifference, payout.Id);
        });
    }

    private static PayoutState ToState(string status) => status switch
    {
        "pending" => PayoutState.Pending,
        "paid" => PayoutState.Paid,
        "failed" => PayoutState.Failed,
        "canceled" => PayoutState.Cancelled,
        // Stripe's enums are open: what is not known yet is on its way.
        _ => PayoutState.InTransit,
    };
}
