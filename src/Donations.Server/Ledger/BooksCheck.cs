using Dapper;
using Donations.Server.Money;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Kind = Donations.V1.ReconciliationException.Types.Kind;

namespace Donations.Server.Ledger;

/// <summary>Stripe's balance in one currency, beside account 1010 at the same moment.</summary>
/// <param name="Currency">ISO 4217 code, upper case.</param>
/// <param name="AvailableMinor">What can be paid out.</param>
/// <param name="PendingMinor">What is on its way to being available.</param>
/// <param name="ClearingMinor">1010, everything booked.</param>
internal sealed record BalanceSeen(string Currency, long AvailableMinor, long PendingMinor, long ClearingMinor)
{
    public long DifferenceMinor => ClearingMinor - AvailableMinor - PendingMinor;
}

/// <summary>Sees Stripe's balance at a watermark. The Payments room can; this one cannot.</summary>
internal interface IBalanceObserver
{
    /// <summary>Stripe's balance beside 1010, taken while neither moved; null where they did not stand still.</summary>
    Task<IReadOnlyList<BalanceSeen>?> ObserveAsync(CancellationToken cancellationToken);
}

/// <param name="Invariant">What was checked.</param>
/// <param name="Violations">Where it does not hold, at most <see cref="Invariant.Limit"/>.</param>
internal sealed record InvariantFound(Invariant Invariant, IReadOnlyList<string> Violations);

/// <summary>
/// Checks the invariants of the books, and 1010 against Stripe's balance: after every integration test, every hour in production, and when
/// finance asks. What does not hold is an open exception, a log line and a metric.
/// </summary>
internal sealed partial class BooksCheck(
    Database database, IEnumerable<IInvariants> invariants, IBalanceObserver observer, ExceptionStore exceptions, BooksMetrics metrics, TimeProvider time, ILogger<BooksCheck> log) : IChore
{
    private static readonly TimeSpan WholeEvery = TimeSpan.FromDays(1);

    private long _checkedEntryId;
    private long _wholeTimeUs;

    public TimeSpan Every => TimeSpan.FromHours(1);

    /// <summary>The hourly job: what was booked since the last one, and once a day all of it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var whole = time.NowMicros() - _wholeTimeUs >= (long)WholeEvery.TotalMicroseconds;
        await CheckAsync(whole ? 0 : _checkedEntryId, cancellationToken);
        if (whole)
            _wholeTimeUs = time.NowMicros();
    }

    /// <summary>Checks everything now.</summary>
    public Task<(IReadOnlyList<InvariantFound> Invariants, IReadOnlyList<BalanceSeen>? Balances)> CheckAsync(CancellationToken cancellationToken) => CheckAsync(0, cancellationToken);

    /// <summary>The invariants alone, of entries after one; on one snapshot.</summary>
    public IReadOnlyList<InvariantFound> Find(SqliteConnection connection, long fromEntryId) =>
        [.. invariants.SelectMany(i => i.All).Select(i => new InvariantFound(i, [.. i.Find(connection, fromEntryId).Take(Invariant.Limit)]))];

    private async Task<(IReadOnlyList<InvariantFound> Invariants, IReadOnlyList<BalanceSeen>? Balances)> CheckAsync(long fromEntryId, CancellationToken cancellationToken)
    {
        // What Stripe has and the books lack is taken in first: it is no violation that it had not come yet.
        var balances = await observer.ObserveAsync(cancellationToken);
        var (found, last) = database.Read(c => (Find(c, fromEntryId), c.ExecuteScalar<long?>("SELECT max(entry_id) FROM journal_entries") ?? 0), cancellationToken);
        await database.WriteAsync((SqliteConnection c) =>
        {
            // Only a look at everything can say that all is well again.
            foreach (var one in found.Where(f => fromEntryId == 0 || f.Violations.Count > 0))
                Note(c, Kind.Invariant, one.Invariant.Name, one.Violations.Count == 0 ? null : $"{one.Invariant.Description}: not so {one.Violations.Count} times, first {one.Violations[0]}");
            foreach (var seen in balances ?? [])
            {
                Keep(c, seen, last);
                Note(c, Kind.BalanceDifference, seen.Currency, seen.DifferenceMinor == 0 ? null : $"1010 is {new MinorAmount(seen.ClearingMinor, seen.Currency)}, Stripe's balance {new MinorAmount(seen.AvailableMinor + seen.PendingMinor, seen.Currency)}");
            }
        });
        metrics.Checked(found, balances, whole: fromEntryId == 0);
        foreach (var one in found.Where(f => f.Violations.Count > 0))
            LogViolated(log, one.Invariant.Name, one.Violations.Count, one.Violations[0]);
        foreach (var seen in (balances ?? []).Where(s => s.DifferenceMinor != 0))
            LogDiffers(log, seen.Currency, seen.ClearingMinor, seen.AvailableMinor + seen.PendingMinor);
        _checkedEntryId = last;
        return (found, balances);
    }

    /// <summary>Opens an exception, or settles the one that is open where there is nothing to say any more.</summary>
    private void Note(SqliteConnection connection, Kind kind, string objectId, string? detail)
    {
        if (detail is null)
            exceptions.Resolve(connection, kind, objectId);
        else
            exceptions.Open(connection, kind, objectId, null, detail);
    }

    private void Keep(SqliteConnection connection, BalanceSeen seen, long lastEntryId) => connection.Execute(
        """
        INSERT INTO balance_snapshots (snapshot_time_us, currency, available_minor, pending_minor, clearing_minor, last_entry_id)
        VALUES (@now, @Currency, @AvailableMinor, @PendingMinor, @ClearingMinor, @lastEntryId)
        ON CONFLICT (currency, snapshot_time_us) DO UPDATE SET available_minor = excluded.available_minor, pending_minor = excluded.pending_minor, clearing_minor = excluded.clearing_minor, last_entry_id = excluded.last_entry_id
        """,
        new { now = time.NowMicros(), seen.Currency, seen.AvailableMinor, seen.PendingMinor, seen.ClearingMinor, lastEntryId });

    [LoggerMessage(Level = LogLevel.Error, Message = "THE BOOKS ARE WRONG: {Invariant} does not hold {Count} times, first {Example}. See docs/operations.md, \"When the books are wrong\"")]
    private static partial void LogViolated(ILogger log, string invariant, int count, string example);

    [LoggerMessage(Level = LogLevel.Error, Message = "THE BOOKS ARE WRONG: 1010 in {Currency} is {Clearing}, Stripe's balance {Balance} (minor units). See docs/operations.md, \"When the books are wrong\"")]
    private static partial void LogDiffers(ILogger log, string currency, long clearing, long balance);
}
