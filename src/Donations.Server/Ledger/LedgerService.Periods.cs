using System.Globalization;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>Closing months, and entries by hand.</summary>
internal sealed partial class LedgerService
{
    private const int MaxDocument = 100;
    private const string ProposalPattern = LedgerMapping.ProposalPrefix + "{journal_proposal}";

    [Access(Roles.Readers)]
    public override Task<Period> GetPeriod(GetPeriodRequest request, ServerCallContext context)
    {
        var id = ParsePeriod(request.Name);
        var period = database.Read(c => PeriodStore.Exists(c, id) ? ToPeriod(c, PeriodStore.Find(c, id), withObstacles: true) : null, context.CancellationToken);
        return Task.FromResult(period ?? throw RpcErrors.NotFound(request.Name));
    }

    [Access(Roles.Readers)]
    public override Task<ListPeriodsResponse> ListPeriods(ListPeriodsRequest request, ServerCallContext context)
    {
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) is { } cursor ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var (rows, periods) = database.Read(
            c =>
            {
                var found = PeriodStore.List(c, before, size + 1);
                return (found, found.Take(size).Select(p => ToPeriod(c, p, withObstacles: false)).ToList());
            },
            context.CancellationToken);
        var response = new ListPeriodsResponse { Periods = { periods } };
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].PeriodId.ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override async Task<Period> ClosePeriod(ClosePeriodRequest request, ServerCallContext context)
    {
        var id = ParsePeriod(request.Name);
        var by = AccessInterceptor.Caller(context).Subject;
        return await database.WriteAsync(c => ToPeriod(c, closing.Close(c, id, by), withObstacles: false));
    }

    [Access(Roles.Finance)]
    public override async Task<Period> ReopenClosingPeriod(ReopenClosingPeriodRequest request, ServerCallContext context)
    {
        var id = ParsePeriod(request.Name);
        return await database.WriteAsync(c => ToPeriod(c, Closing.Reopen(c, id), withObstacles: false));
    }

    [Access(Roles.Finance)]
    public override async Task<JournalProposal> CreateJournalProposal(CreateJournalProposalRequest request, ServerCallContext context)
    {
        var asked = request.JournalProposal;
        var violations = new Violations();
        violations.Length(asked.Reason.Trim(), MinText, MaxText, "journal_proposal.reason");
        violations.Length(asked.Document, 0, MaxDocument, "journal_proposal.document");
        violations.Require(asked.ReversedJournalEntry.Length == 0, "journal_proposal.reversed_journal_entry", "is set by ReverseJournalEntry");
        ProposalValidation.Lines(asked.Lines, required: true, chart, "journal_proposal.lines", violations);
        violations.ThrowIfAny();
        int? day = asked.BookDate is { } date ? ToDay(date, "journal_proposal.book_date") : null;
        guard.RefuseIfHalted();
        var caller = AccessInterceptor.Caller(context);
        return await idempotency.RunAsync(request, request.RequestId, caller, new ProposalWork(database, c => proposals.Propose(c, asked, null, day, caller.Subject)));
    }

    [Access(Roles.Finance)]
    public override async Task<JournalProposal> ReverseJournalEntry(ReverseJournalEntryRequest request, ServerCallContext context)
    {
        var id = ParseEntry(request.Name, "name");
        var violations = new Violations();
        violations.Length(request.Reason.Trim(), MinText, MaxText, "reason");
        ProposalValidation.Lines(request.Lines, required: false, chart, "lines", violations);
        violations.ThrowIfAny();
        guard.RefuseIfHalted();
        var by = AccessInterceptor.Caller(context).Subject;
        return LedgerMapping.ToProposal(await database.WriteAsync(c => proposals.Propose(c, new() { Lines = { request.Lines }, Reason = request.Reason }, id, null, by)));
    }

    [Access(Roles.Readers)]
    public override Task<JournalProposal> GetJournalProposal(GetJournalProposalRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, ProposalPattern);
        var row = database.Read(c => ProposalStore.Find(c, id), context.CancellationToken);
        return Task.FromResult(LedgerMapping.ToProposal(row ?? throw RpcErrors.NotFound(request.Name)));
    }

    [Access(Roles.Readers)]
    public override Task<ListJournalProposalsResponse> ListJournalProposals(ListJournalProposalsRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => ProposalStore.List(c, request.State, before, size + 1), context.CancellationToken);
        var response = new ListJournalProposalsResponse();
        response.JournalProposals.AddRange(rows.Take(size).Select(LedgerMapping.ToProposal));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].ProposalId);
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override Task<JournalProposal> ApproveJournalProposal(ApproveJournalProposalRequest request, ServerCallContext context) =>
        DecideAsync(request.Name, request.Note, proposals.Approve, context);

    [Access(Roles.Finance)]
    public override Task<JournalProposal> RejectJournalProposal(RejectJournalProposalRequest request, ServerCallContext context) =>
        DecideAsync(request.Name, request.Note, proposals.Reject, context);

    private async Task<JournalProposal> DecideAsync(string name, string note, Func<SqliteConnection, string, string, string, ProposalRow> decide, ServerCallContext context)
    {
        var id = ResourceIds.Parse(name, ProposalPattern);
        if (note.Length > MaxText)
            throw RpcErrors.FieldInvalid("note", $"must have at most {MaxText} characters");
        guard.RefuseIfHalted();
        var by = AccessInterceptor.Caller(context).Subject;
        return LedgerMapping.ToProposal(await database.WriteAsync(c => decide(c, id, by, note)));
    }

    private Period ToPeriod(SqliteConnection connection, PeriodRow row, bool withObstacles)
    {
        var open = row.State != (long)Period.Types.State.Closed;
        return LedgerMapping.ToPeriod(row, open ? PeriodStore.CountEntries(connection, (int)row.PeriodId) : 0, open && withObstacles ? closing.Obstacles(connection, (int)row.PeriodId) : []);
    }

    private sealed class ProposalWork(Database database, Func<SqliteConnection, ProposalRow> propose) : Idempotency.IWork<JournalProposal>
    {
        public Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret) => Task.FromResult<Func<SqliteConnection, string>>(c => propose(c).ProposalId);

        public Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<JournalProposal> saver) =>
            database.WriteAsync((SqliteConnection c) => saver.Save(c, LedgerMapping.ToProposal(ProposalStore.Find(c, subjectId)!)));
    }

    private static int ParsePeriod(string name) =>
        name.StartsWith(LedgerMapping.PeriodPrefix, StringComparison.Ordinal) && DateOnly.TryParseExact(name.AsSpan(LedgerMapping.PeriodPrefix.Length), "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) && month.Year is >= 1970 and < 9999
            ? (month.Year * 100) + month.Month
            : throw RpcErrors.FieldInvalid("name", "must look like periods/2026-11");
}
