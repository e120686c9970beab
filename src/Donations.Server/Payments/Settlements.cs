using System.Collections.Concurrent;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>
/// Settles payments whose charges have a balance transaction now. Events only tell that there is one; what is in it is listed, a
/// hundred to the call, for all that a batch of events asked for.
/// </summary>
internal sealed class Settlements(Database database, IPaymentGateway gateway, PaymentStore payments)
{
    private const int Page = 100;
    private const int MaxPages = 20;

    /// <summary>A balance transaction is made with its charge or after it, and before the event that tells of it; clocks are read to the second.</summary>
    private const long SlackMicros = 60 * UnixMicros.PerSecond;

    private readonly ConcurrentDictionary<string, long> _asked = new(StringComparer.Ordinal);

    /// <summary>The charge of a payment that is recorded has a balance transaction, says an event of this time.</summary>
    public void Ask(string chargeId, long eventTimeMicros) => _asked[chargeId] = eventTimeMicros;

    /// <summary>Settles what was asked for; answers with the charges that the listing did not show.</summary>
    public async Task<IReadOnlyList<string>> SettleAsync(CancellationToken cancellationToken)
    {
        var asked = _asked.ToDictionary(StringComparer.Ordinal);
        if (asked.Count == 0)
            return [];
        var waiting = database.Read(c => asked.Keys.Select(id => PaymentStore.FindByCharge(c, id)).OfType<PaymentRow>().Where(p => p.StripeBalanceTransactionId is null).ToList(), cancellationToken);
        // What settling needs of a payment never changes: it is read once.
        var missing = waiting.ToDictionary(p => p.StripeChargeId!, StringComparer.Ordinal);
        if (missing.Count > 0)
            await ListAsync(missing, waiting.Min(p => p.PayTimeUs ?? p.CreateTimeUs) - SlackMicros, waiting.Max(p => asked[p.StripeChargeId!]) + SlackMicros, cancellationToken);
        foreach (var one in asked)
            _asked.TryRemove(one);
        return [.. missing.Keys];
    }

    private async Task ListAsync(Dictionary<string, PaymentRow> missing, long sinceMicros, long untilMicros, CancellationToken cancellationToken)
    {
        string? after = null;
        for (var page = 0; page < MaxPages && missing.Count > 0; page++)
        {
            var (rows, more) = await gateway.ListBalanceTransactionsAsync(sinceMicros, untilMicros, after, Page, cancellationToken);
            var found = new List<(PaymentRow Payment, BalanceTransactionFacts Facts)>();
            foreach (var row in rows)
            {
                if (row is { ReportingCategory: "charge", SourceId: { } source } && missing.Remove(source, out var payment))
                    found.Add((payment, row));
            }

            if (found.Count > 0)
                await database.WriteAsync((SqliteConnection c) => found.ForEach(f => payments.Settle(c, f.Payment, f.Facts)));
            if (!more)
                return;
            after = rows[^1].Id;
        }
    }
}
