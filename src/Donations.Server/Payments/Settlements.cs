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

    /// <summary>A balance transaction is made with its charge or after it.</summary>
    private const long SlackMicros = 3600 * UnixMicros.PerSecond;

    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);

    /// <summary>The charge of a payment that is recorded has a balance transaction.</summary>
    public void Ask(string chargeId) => _asked[chargeId] = true;

    /// <summary>Settles what was asked for; answers with the charges that the listing did not show.</summary>
    public async Task<IReadOnlyList<string>> SettleAsync(CancellationToken cancellationToken)
    {
        var asked = _asked.Keys.ToHashSet(StringComparer.Ordinal);
        if (asked.Count == 0)
            return [];
        var waiting = database.Read(c => asked.Select(id => PaymentStore.FindByCharge(c, id)).OfType<PaymentRow>().Where(p => p.StripeBalanceTransactionId is null).ToList(), cancellationToken);
        var missing = waiting.Select(p => p.StripeChargeId!).ToHashSet(StringComparer.Ordinal);
        if (missing.Count > 0)
            await ListAsync(missing, waiting.Min(p => p.PayTimeUs ?? p.CreateTimeUs) - SlackMicros, cancellationToken);
        foreach (var charge in asked)
            _asked.TryRemove(charge, out _);
        return [.. missing];
    }

    private async Task ListAsync(HashSet<string> missing, long sinceMicros, CancellationToken cancellationToken)
    {
        string? after = null;
        for (var page = 0; page < MaxPages && missing.Count > 0; page++)
        {
            var (rows, more) = await gateway.ListBalanceTransactionsAsync(sinceMicros, after, Page, cancellationToken);
            List<BalanceTransactionFacts> found = [.. rows.Where(r => r is { ReportingCategory: "charge", SourceId: { } source } && missing.Remove(source))];
            if (found.Count > 0)
                await database.WriteAsync((SqliteConnection c) => found.ForEach(f => payments.Settle(c, PaymentStore.FindByCharge(c, f.SourceId!)!, f)));
            if (!more)
                return;
            after = rows[^1].Id;
        }
    }
}
