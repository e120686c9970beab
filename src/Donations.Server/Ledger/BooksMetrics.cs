using System.Diagnostics.Metrics;
using Donations.Server.Storage;

namespace Donations.Server.Ledger;

/// <summary>
/// The books as metrics of the meter `Donations.Ledger`; alerts stand on these (docs/operations.md, "Alerts"):
/// `donations.ledger.invariant.violations` by invariant, `donations.ledger.balance.difference` in minor units by currency, `donations.ledger.halted` (0 or 1),
/// `donations.exceptions.open`.
/// </summary>
internal sealed class BooksMetrics
{
    private volatile IReadOnlyList<InvariantFound> _found = [];
    private volatile IReadOnlyList<BalanceSeen> _balances = [];

    public BooksMetrics(IMeterFactory meters, Database database, LedgerGuard guard)
    {
        var meter = meters.Create("Donations.Ledger");
        meter.CreateObservableGauge("donations.ledger.invariant.violations", () => _found.Select(f => new Measurement<int>(f.Violations.Count, new KeyValuePair<string, object?>("invariant", f.Invariant.Name))), "{violation}", "Where an invariant of the books does not hold");
        meter.CreateObservableGauge("donations.ledger.balance.difference", () => _balances.Select(b => new Measurement<long>(b.DifferenceMinor, new KeyValuePair<string, object?>("currency", b.Currency))), "{minor_unit}", "1010 less Stripe's balance");
        meter.CreateObservableGauge("donations.ledger.halted", () => guard.Why is null ? 0 : 1, "1", "Whether money writes have stopped");
        meter.CreateObservableGauge("donations.exceptions.open", () => database.Read(ExceptionStore.CountOpen), "{exception}", "Exceptions that wait for somebody");
    }

    /// <summary>What a check found; one of what is new only takes back nothing. Balances are null where Stripe's did not stand still.</summary>
    public void Checked(IReadOnlyList<InvariantFound> found, IReadOnlyList<BalanceSeen>? balances, bool whole) =>
        (_found, _balances) = (whole || _found.Count == 0 ? found : [.. _found.Zip(found, (before, now) => now.Violations.Count > before.Violations.Count ? now : before)], balances ?? _balances);
}
