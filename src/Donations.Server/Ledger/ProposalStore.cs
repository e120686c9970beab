using Dapper;
using Microsoft.Data.Sqlite;
using State = Donations.V1.JournalProposal.Types.State;

namespace Donations.Server.Ledger;

/// <summary>An entry by hand; its lines are the bytes of a JournalProposal that holds nothing else.</summary>
internal sealed record ProposalRow(
    string ProposalId, long State, long? ReversedEntryId, long BookDate, byte[] Lines, string Reason, string Document, string ProposedBy, long ProposeTimeUs, string? DecidedBy, long? DecideTimeUs, string? Decision,
    long? EntryId);

/// <summary>Entries by hand on their way into the journal.</summary>
internal static class ProposalStore
{
    private const string Columns =
        """
        proposal_id AS ProposalId, state AS State, reversed_entry_id AS ReversedEntryId, book_date AS BookDate, lines AS Lines, reason AS Reason, document AS Document, proposed_by AS ProposedBy,
        propose_time_us AS ProposeTimeUs, decided_by AS DecidedBy, decide_time_us AS DecideTimeUs, decision AS Decision, entry_id AS EntryId
        """;

    private const int MaxListedWaiting = 100;

    public static void Insert(SqliteConnection connection, ProposalRow row) => connection.Execute(
        """
        INSERT INTO journal_proposals (proposal_id, state, reversed_entry_id, book_date, lines, reason, document, proposed_by, propose_time_us)
        VALUES (@ProposalId, @State, @ReversedEntryId, @BookDate, @Lines, @Reason, @Document, @ProposedBy, @ProposeTimeUs)
        """,
        row);

    public static ProposalRow? Find(SqliteConnection connection, string proposalId) =>
        connection.QuerySingleOrDefault<ProposalRow>($"SELECT {Columns} FROM journal_proposals WHERE proposal_id = @proposalId", new { proposalId });

    /// <summary>The one that reverses an entry, or would; null where none does.</summary>
    public static ProposalRow? FindReversalOf(SqliteConnection connection, long entryId) => connection.QuerySingleOrDefault<ProposalRow>(
        $"SELECT {Columns} FROM journal_proposals WHERE reversed_entry_id = @entryId AND state <> 3", new { entryId });

    /// <summary>Proposals below an id (ids sort by age), newest first.</summary>
    public static List<ProposalRow> List(SqliteConnection connection, State state, string before, int limit) => connection.Query<ProposalRow>(
        $"SELECT {Columns} FROM journal_proposals WHERE proposal_id < @before {(state == 0 ? "" : "AND state = @state")} ORDER BY proposal_id DESC LIMIT @limit", new { state, before, limit }).AsList();

    /// <summary>Proposals that wait, for a day up to one.</summary>
    public static List<ProposalRow> ListWaiting(SqliteConnection connection, int lastDay) => connection.Query<ProposalRow>(
        $"SELECT {Columns} FROM journal_proposals WHERE state = 1 AND book_date <= @lastDay ORDER BY proposal_id LIMIT @MaxListedWaiting", new { lastDay, MaxListedWaiting }).AsList();

    public static void Decide(SqliteConnection connection, string proposalId, State state, string by, long nowMicros, string note, long? entryId) => connection.Execute(
        "UPDATE journal_proposals SET state = @state, decided_by = @by, decide_time_us = @nowMicros, decision = @note, entry_id = @entryId WHERE proposal_id = @proposalId",
        new { proposalId, state, by, nowMicros, note, entryId });
}
