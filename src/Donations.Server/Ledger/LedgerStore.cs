using Dapper;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

internal sealed record EntryRow(long EntryId, string SourceKind, string SourceId, string Transition, long BookDate, long FactTimeUs, long CreateTimeUs, string Memo, long Livemode);

internal sealed record LineRow(
    long EntryId, long Line, long BookDate, string Account, string Currency, long DebitMinor, long CreditMinor,
    long? OriginalMinor, string? OriginalCurrency, string? ExchangeRate, string? CampaignId, string? Fund, long? Placement, string? Method);

/// <summary>By properties, not by constructor: sums have no declared type, and over no rows not even a found one.</summary>
internal sealed record BalanceRow
{
    public string Account { get; init; } = "";
    public string Currency { get; init; } = "";
    public long DebitMinor { get; init; }
    public long CreditMinor { get; init; }
}

/// <summary>The journal in SQL: facts go in once, nothing is changed.</summary>
internal sealed class LedgerStore(ChartOfAccounts chart, BookCalendar calendar, LedgerGuard guard, ExceptionStore exceptions, TimeProvider time)
{
    public const string EntryColumns =
        "entry_id AS EntryId, source_kind AS SourceKind, source_id AS SourceId, transition AS Transition, book_date AS BookDate, fact_time_us AS FactTimeUs, create_time_us AS CreateTimeUs, memo AS Memo, livemode AS Livemode";

    public const string LineColumns =
        """
        entry_id AS EntryId, line AS Line, book_date AS BookDate, account AS Account, currency AS Currency, debit_minor AS DebitMinor, credit_minor AS CreditMinor,
        original_minor AS OriginalMinor, original_currency AS OriginalCurrency, exchange_rate AS ExchangeRate, campaign_id AS CampaignId, fund AS Fund, placement AS Placement, method AS Method
        """;

    /// <summary>
    /// Posts a fact, with its sums, in the transaction that it is called in; null where it was posted before: a fact is in the books once. A fact of a
    /// closed period is booked on the first day of the open one, and noted.
    /// </summary>
    /// <exception cref="LedgerHaltedException">The books do not verify: nothing is written into them.</exception>
    /// <exception cref="InvalidOperationException">Debits and credits differ: a defect of the rules, so nothing is written.</exception>
    public long? Post(SqliteConnection connection, JournalDraft draft)
    {
        if (draft.Lines.Sum(l => l.SignedMinor) != 0)
            throw new InvalidOperationException($"The entry of {draft.SourceKind} {draft.SourceId} {draft.Transition} does not balance");
        if (draft.Lines.Count == 0)
            return null;
        guard.ThrowIfHalted();
        // A payout that was late when the books were opened arrives with an older date.
        var (factDate, now) = (Math.Max(draft.BookDate ?? calendar.DayOf(draft.FactTimeMicros), calendar.OpeningDay), time.NowMicros());
        var bookDate = Math.Max(factDate, PeriodStore.FirstOpenDay(connection));
        var entryId = connection.ExecuteScalar<long?>(
            """
            INSERT INTO journal_entries (source_kind, source_id, transition, book_date, fact_time_us, create_time_us, livemode, memo)
            VALUES (@SourceKind, @SourceId, @Transition, @bookDate, @FactTimeMicros, @now, @Livemode, @Memo)
            ON CONFLICT (source_kind, source_id, transition) DO NOTHING RETURNING entry_id
            """,
            new { draft.SourceKind, draft.SourceId, draft.Transition, bookDate, draft.FactTimeMicros, now, draft.Livemode, draft.Memo });
        if (entryId is not { } id)
            return null;

        var entry = new EntryRow(id, draft.SourceKind, draft.SourceId, draft.Transition, bookDate, draft.FactTimeMicros, now, draft.Memo, draft.Livemode ? 1 : 0);
        List<LineRow> lines = [.. draft.Lines.Select((l, i) => ToRow(id, i + 1, bookDate, draft.Currency, l))];
        connection.Execute(
            """
            INSERT INTO journal_lines (entry_id, line, book_date, account, currency, debit_minor, credit_minor, original_minor, original_currency, exchange_rate, campaign_id, fund, placement, method)
            VALUES (@EntryId, @Line, @BookDate, @Account, @Currency, @DebitMinor, @CreditMinor, @OriginalMinor, @OriginalCurrency, @ExchangeRate, @CampaignId, @Fund, @Placement, @Method)
            """,
            lines);
        LedgerChain.Note(connection, entry, lines);
        LedgerSums.Journal.Add(connection, id);
        if (bookDate > factDate)
            exceptions.Healed(connection, ReconciliationException.Types.Kind.Late, draft.SourceId, LedgerMapping.EntryName(id), $"a fact of {factDate} is booked on {bookDate}: its period is closed");
        if (draft.Lines.Any(l => l.Account == Account.Suspense) && draft.SourceKind == PostingRules.BalanceTransaction)
            exceptions.Open(connection, ReconciliationException.Types.Kind.Unmapped, draft.SourceId, LedgerMapping.EntryName(id), $"no rule knows {draft.Transition}: it waits in suspense");
        return id;
    }

    private LineRow ToRow(long entryId, long number, long bookDate, string currency, DraftLine line) => new(
        entryId, number, bookDate, chart.Code(line.Account), currency, Math.Max(line.SignedMinor, 0), Math.Max(-line.SignedMinor, 0),
        line.Original?.Minor, line.Original?.Currency, line.Original?.ExchangeRate, line.Dimensions.CampaignId, line.Dimensions.Fund, line.Dimensions.Placement, line.Dimensions.Method);

    public static bool IsPosted(SqliteConnection connection, string sourceKind, string sourceId) => connection.ExecuteScalar<long>(
        "SELECT EXISTS (SELECT 1 FROM journal_entries WHERE source_kind = @sourceKind AND source_id = @sourceId)", new { sourceKind, sourceId }) == 1;

    /// <summary>Whether a fact of Stripe's from before a time is in the books.</summary>
    public static bool AnyBefore(SqliteConnection connection, long micros) => micros > 0 && connection.ExecuteScalar<long>(
        "SELECT EXISTS (SELECT 1 FROM journal_entries WHERE source_kind = 'balance_transaction' AND fact_time_us < @micros)", new { micros }) == 1;

    /// <summary>Entries below a sequence number, newest first.</summary>
    public static List<EntryRow> ListEntries(SqliteConnection connection, long before, string? sourceId, int limit) =>
        connection.Query<EntryRow>(
            $"SELECT {EntryColumns} FROM journal_entries WHERE entry_id < @before AND (@sourceId IS NULL OR source_id = @sourceId) ORDER BY entry_id DESC LIMIT @limit",
            new { before, sourceId, limit }).AsList();

    public static ILookup<long, LineRow> LinesOf(SqliteConnection connection, IEnumerable<long> entryIds) =>
        connection.Query<LineRow>($"SELECT {LineColumns} FROM journal_lines WHERE entry_id IN @entryIds ORDER BY entry_id, line", new { entryIds }).ToLookup(l => l.EntryId);

    public static ILookup<long, LineRow> LinesBetween(SqliteConnection connection, long firstEntryId, long lastEntryId) =>
        connection.Query<LineRow>($"SELECT {LineColumns} FROM journal_lines WHERE entry_id BETWEEN @firstEntryId AND @lastEntryId ORDER BY entry_id, line", new { firstEntryId, lastEntryId }).ToLookup(l => l.EntryId);

    /// <summary>Debits and credits per account and currency, up to and including a day.</summary>
    public static List<BalanceRow> Balances(SqliteConnection connection, int lastDay) =>
        connection.Query<BalanceRow>(
            $"""
            SELECT account AS Account, currency AS Currency, sum(debit_minor) AS DebitMinor, sum(credit_minor) AS CreditMinor
            FROM {LedgerSums.Journal.Between} GROUP BY account, currency ORDER BY currency, account
            """,
            Upto(lastDay)).AsList();

    /// <summary>Balance (debit less credit) of one account per currency, of everything booked up to and including a day.</summary>
    public static Dictionary<string, long> BalanceOf(SqliteConnection connection, string account, int lastDay) => connection.Query<BalanceRow>(
        $"SELECT currency AS Currency, sum(debit_minor) AS DebitMinor, sum(credit_minor) AS CreditMinor FROM {LedgerSums.Journal.Between} WHERE account = @account GROUP BY currency",
        Upto(lastDay, new { account })).ToDictionary(r => r.Currency, r => r.DebitMinor - r.CreditMinor, StringComparer.Ordinal);

    private static DynamicParameters Upto(int lastDay, object? others = null) => Sums.Range(LedgerSums.Journal.Cut(), 0, lastDay + 1L, int.MaxValue, others);

    public static EntryRow? FindEntry(SqliteConnection connection, long entryId) =>
        connection.QuerySingleOrDefault<EntryRow>($"SELECT {EntryColumns} FROM journal_entries WHERE entry_id = @entryId", new { entryId });
}
