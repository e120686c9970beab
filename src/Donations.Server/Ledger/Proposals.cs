using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using State = Donations.V1.JournalProposal.Types.State;

namespace Donations.Server.Ledger;

/// <summary>Entries by hand: proposed by one person, posted by another. Units of work.</summary>
internal sealed class Proposals(LedgerStore ledger, ChartOfAccounts chart, BookCalendar calendar, LedgerOptions options, PayoutStore payouts, ExceptionStore exceptions, Ids ids, TimeProvider time)
{
    /// <summary>Writes a proposal; its form was checked, and what it refers to is checked here.</summary>
    public ProposalRow Propose(SqliteConnection connection, JournalProposal asked, long? reversedEntryId, int? bookDate, string by)
    {
        var now = time.NowMicros();
        var today = calendar.DayOf(now);
        // A correction belongs to the day that it corrects, while that can be booked on.
        var day = bookDate ?? (reversedEntryId is { } mended && LedgerStore.FindEntry(connection, mended) is { } entry ? Math.Max((int)entry.BookDate, PeriodStore.FirstOpenDay(connection)) : today);
        if (day > today)
            throw RpcErrors.FieldInvalid("journal_proposal.book_date", "must not be in the future");
        if (day < PeriodStore.FirstOpenDay(connection))
            throw RpcErrors.FieldInvalid("journal_proposal.book_date", "must be in an open period");
        // A slip of the year would open years of months that somebody must close.
        if (day < Earliest(connection, today))
            throw RpcErrors.FieldInvalid("journal_proposal.book_date", "must not be before the books begin");
        if (reversedEntryId is { } reversed)
            CheckReversal(connection, reversed, asked);
        else if (asked.Lines.Any(l => chart.Find(l.Account) == Account.StripeClearing))
            throw RpcErrors.FieldInvalid("journal_proposal.lines", $"must not touch {chart.Code(Account.StripeClearing)}: it is Stripe's balance");
        var row = new ProposalRow(
            ids.New(), (long)State.Proposed, reversedEntryId, day, new JournalProposal { Lines = { asked.Lines } }.ToByteArray(), asked.Reason, asked.Document, by, now, null, null, null, null);
        ProposalStore.Insert(connection, row);
        return options.SecondPerson ? row : Post(connection, row, by, "");
    }

    public ProposalRow Approve(SqliteConnection connection, string proposalId, string by, string note)
    {
        var row = Waiting(connection, proposalId);
        if (row.ProposedBy == by && options.SecondPerson)
            throw RpcErrors.SecondPersonNeeded(LedgerMapping.ProposalPrefix + proposalId);
        return Post(connection, row, by, note);
    }

    public ProposalRow Reject(SqliteConnection connection, string proposalId, string by, string note)
    {
        Waiting(connection, proposalId);
        ProposalStore.Decide(connection, proposalId, State.Rejected, by, time.NowMicros(), note, null);
        return ProposalStore.Find(connection, proposalId)!;
    }

    private int Earliest(SqliteConnection connection, int today) =>
        calendar.OpeningMicros > 0 ? calendar.DayOf(calendar.OpeningMicros) : PeriodStore.FirstDay(PeriodStore.NextToClose(connection) ?? today / 100);

    private static ProposalRow Waiting(SqliteConnection connection, string proposalId)
    {
        var name = LedgerMapping.ProposalPrefix + proposalId;
        var row = ProposalStore.Find(connection, proposalId) ?? throw RpcErrors.NotFound(name);
        return row.State == (long)State.Proposed ? row : throw RpcErrors.StateInvalid(name, ((State)row.State).ToString().ToUpperInvariant(), "is decided");
    }

    private ProposalRow Post(SqliteConnection connection, ProposalRow row, string by, string note)
    {
        var lines = JournalProposal.Parser.ParseFrom(row.Lines).Lines;
        long? first = null;
        if (row.ReversedEntryId is { } reversed)
            first = ledger.Post(connection, Reversal(connection, reversed, row));
        if (lines.Count > 0)
        {
            var posted = ledger.Post(connection, Entry(connection, row, lines));
            first ??= posted;
        }

        ProposalStore.Decide(connection, row.ProposalId, State.Posted, by, time.NowMicros(), note, first);
        if (row.ReversedEntryId is { } mended && LedgerStore.FindEntry(connection, mended) is { SourceKind: PostingRules.BalanceTransaction } entry)
        {
            exceptions.Resolve(connection, ReconciliationException.Types.Kind.Unmapped, entry.SourceId);
            if (BalanceTransactions.Find(connection, entry.SourceId)?.PayoutId is { } payoutId)
                payouts.Verify(connection, payoutId);
        }

        return ProposalStore.Find(connection, row.ProposalId)!;
    }

    private JournalDraft Reversal(SqliteConnection connection, long entryId, ProposalRow row)
    {
        var entry = LedgerStore.FindEntry(connection, entryId)!;
        var lines = LedgerStore.LinesOf(connection, [entryId])[entryId].ToList();
        var draft = new JournalDraft(PostingRules.Reversal, entryId.ToString(System.Globalization.CultureInfo.InvariantCulture), "reversed", lines[0].Currency, row.ProposeTimeUs, entry.Livemode == 1, row.Reason) { BookDate = (int)row.BookDate };
        foreach (var line in lines)
        {
            var account = chart.Find(line.Account) ?? throw RpcErrors.StateInvalid(LedgerMapping.EntryName(entryId), "POSTED", $"account {line.Account} is no longer in the chart");
            draft.Add(account, line.CreditMinor - line.DebitMinor, new(line.CampaignId, line.Fund, (int)(line.Placement ?? 0), line.Method), line.OriginalMinor is { } minor ? new(minor, line.OriginalCurrency!, line.ExchangeRate!) : null);
        }

        return draft;
    }

    private JournalDraft Entry(SqliteConnection connection, ProposalRow row, IEnumerable<JournalProposalLine> lines)
    {
        var parsed = lines.Select(l => (Line: l, Minor: ProposalValidation.Signed(l), (l.Debit ?? l.Credit).CurrencyCode)).ToList();
        var draft = new JournalDraft(PostingRules.Manual, row.ProposalId, "posted", parsed[0].CurrencyCode, row.ProposeTimeUs, BooksAccount.Find(connection) is { Livemode: 1 }, row.Reason) { BookDate = (int)row.BookDate };
        foreach (var (line, minor, _) in parsed)
            draft.Add(chart.Find(line.Account)!.Value, minor, ProposalValidation.DimensionsOf(line));
        return draft;
    }

    private void CheckReversal(SqliteConnection connection, long entryId, JournalProposal asked)
    {
        var name = LedgerMapping.EntryName(entryId);
        var entry = LedgerStore.FindEntry(connection, entryId) ?? throw RpcErrors.NotFound(name);
        if (entry.SourceKind == PostingRules.Reversal)
            throw RpcErrors.StateInvalid(name, "REVERSAL", "is a reversal itself: propose an entry instead");
        if (ProposalStore.FindReversalOf(connection, entryId) is { } before)
            throw RpcErrors.StateInvalid(name, "REVERSED", $"{LedgerMapping.ProposalPrefix}{before.ProposalId} reverses it");
        var clearing = chart.Code(Account.StripeClearing);
        var lines = LedgerStore.LinesOf(connection, [entryId])[entryId].ToList();
        if (asked.Lines.Count > 0 && asked.Lines.Any(l => (l.Debit ?? l.Credit).CurrencyCode != lines[0].Currency))
            throw RpcErrors.FieldInvalid("lines", $"must be in {lines[0].Currency}, as the entry is");
        var taken = lines.Where(l => l.Account == clearing).Sum(l => l.DebitMinor - l.CreditMinor);
        var put = asked.Lines.Where(l => l.Account == clearing).Sum(ProposalValidation.Signed);
        if (taken != put)
            throw RpcErrors.FieldInvalid("lines", $"must put {new MinorAmount(taken, lines[0].Currency)} on {clearing} again: it is Stripe's balance");
    }
}
