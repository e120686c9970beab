using Dapper;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Period.Types.State;

namespace Donations.Server.Ledger;

internal sealed record PeriodRow(long PeriodId, long State, long? RequestTimeUs, string? RequestedBy, long? CloseTimeUs, string? ClosedBy, long? LastEntryId, long? EntryCount);

/// <summary>Months of the books, numbered such as 202611. One without a row is open.</summary>
internal static class PeriodStore
{
    private const string Columns =
        "period_id AS PeriodId, state AS State, request_time_us AS RequestTimeUs, requested_by AS RequestedBy, close_time_us AS CloseTimeUs, closed_by AS ClosedBy, last_entry_id AS LastEntryId, entry_count AS EntryCount";

    /// <summary>The first day that can be booked on, such as 20261201; 0 while no period is closed.</summary>
    public static int FirstOpenDay(SqliteConnection connection) => LastClosed(connection) is { } closed ? FirstDay(Next(closed)) : 0;

    /// <summary>The period that closes next: the one after the last closed, or the first that has entries; null where there are none.</summary>
    public static int? NextToClose(SqliteConnection connection) =>
        LastClosed(connection) is { } closed ? Next(closed) : (int?)(connection.ExecuteScalar<long?>("SELECT min(book_date) FROM journal_entries") / 100);

    /// <summary>A period with its row, or as it is without one.</summary>
    public static PeriodRow Find(SqliteConnection connection, int periodId) =>
        connection.QuerySingleOrDefault<PeriodRow>($"SELECT {Columns} FROM periods WHERE period_id = @periodId", new { periodId }) ?? new(periodId, (long)State.Open, null, null, null, null, null, null);

    /// <summary>The months from the first entry, or a later one, to the last entry, newest first.</summary>
    public static List<PeriodRow> List(SqliteConnection connection, int before, int limit)
    {
        var found = new List<PeriodRow>();
        if (connection.ExecuteScalar<long?>("SELECT min(book_date) FROM journal_entries") is not { } first)
            return found;
        var newest = Math.Max(connection.ExecuteScalar<long>("SELECT max(book_date) FROM journal_entries") / 100, LastClosed(connection) ?? 0);
        for (var period = Math.Min((int)newest, before == 0 ? int.MaxValue : Previous(before)); period >= first / 100 && found.Count < limit; period = Previous(period))
            found.Add(Find(connection, period));
        return found;
    }

    /// <summary>Whether the books reach a month: from that of the first entry to that of the last, or the last closed one.</summary>
    public static bool Exists(SqliteConnection connection, int periodId) => List(connection, Next(periodId), 1) is [var found] && found.PeriodId == periodId;

    public static long CountEntries(SqliteConnection connection, int periodId) => connection.ExecuteScalar<long>(
        "SELECT count(*) FROM journal_entries WHERE book_date BETWEEN @first AND @last", new { first = FirstDay(periodId), last = LastDay(periodId) });

    public static void Ask(SqliteConnection connection, int periodId, string by, long nowMicros) => connection.Execute(
        "INSERT INTO periods (period_id, state, request_time_us, requested_by) VALUES (@periodId, 2, @nowMicros, @by) ON CONFLICT (period_id) DO UPDATE SET state = 2, request_time_us = @nowMicros, requested_by = @by",
        new { periodId, by, nowMicros });

    public static void Withdraw(SqliteConnection connection, int periodId) => connection.Execute(
        "UPDATE periods SET state = 1, request_time_us = NULL, requested_by = NULL WHERE period_id = @periodId", new { periodId });

    public static void Close(SqliteConnection connection, int periodId, string by, long nowMicros) => connection.Execute(
        """
        UPDATE periods SET state = 3, close_time_us = @nowMicros, closed_by = @by, last_entry_id = (SELECT coalesce(max(entry_id), 0) FROM journal_entries), entry_count = @count WHERE period_id = @periodId
        """,
        new { periodId, by, nowMicros, count = CountEntries(connection, periodId) });

    public static int FirstDay(int periodId) => (periodId * 100) + 1;

    public static int LastDay(int periodId) => (periodId * 100) + 31;

    public static int Next(int periodId) => periodId % 100 == 12 ? periodId + 89 : periodId + 1;

    public static int Previous(int periodId) => periodId % 100 == 1 ? periodId - 89 : periodId - 1;

    private static int? LastClosed(SqliteConnection connection) => (int?)connection.ExecuteScalar<long?>("SELECT max(period_id) FROM periods WHERE state = 3");
}
