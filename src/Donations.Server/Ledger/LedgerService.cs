using System.Buffers;
using System.Globalization;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Ledger;

/// <summary>The journal, its chain and what did not agree; payouts, periods and entries by hand are in the other parts.</summary>
internal sealed partial class LedgerService(
    Database database, ChartOfAccounts chart, LedgerChain chain, LedgerGuard guard, RollUps rollUps, BooksCheck books, Closing closing, Proposals proposals, Idempotency idempotency, PayoutStore payouts, IPayoutReader payoutReader,
    ExceptionStore exceptions, PageTokens pageTokens, TimeProvider time) : V1.LedgerService.LedgerServiceBase
{
    private const int DefaultPage = 50;
    private const int MaxPage = 1000;
    private const int DefaultBlocks = 100;
    private const int MaxShownViolations = 20;
    private const int MaxStripeId = 255;
    private const int MinText = 3;
    private const int MaxText = 500;
    private static readonly SearchValues<char> StripeIdChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    [Access(Roles.Readers)]
    public override Task<ListJournalEntriesResponse> ListJournalEntries(ListJournalEntriesRequest request, ServerCallContext context)
    {
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) is { } cursor ? long.Parse(cursor, CultureInfo.InvariantCulture) : long.MaxValue;
        var sourceId = request.SourceId.Length == 0 ? null : request.SourceId;
        var (rows, lines, account) = database.Read(
            c =>
            {
                var found = LedgerStore.ListEntries(c, before, sourceId, size + 1);
                return (found, LedgerStore.LinesOf(c, found.Select(r => r.EntryId)), BooksAccount.Find(c));
            },
            context.CancellationToken);

        var response = new ListJournalEntriesResponse();
        response.JournalEntries.AddRange(rows.Take(size).Select(r => LedgerMapping.ToEntry(r, lines[r.EntryId], chart, account)));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].EntryId.ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(response);
    }

    [Access(Roles.Readers)]
    public override Task<JournalEntry> GetJournalEntry(GetJournalEntryRequest request, ServerCallContext context)
    {
        var id = ParseEntry(request.Name, "name");
        var (row, lines, account) = database.Read(c => (LedgerStore.FindEntry(c, id), LedgerStore.LinesOf(c, [id]), BooksAccount.Find(c)), context.CancellationToken);
        return Task.FromResult(LedgerMapping.ToEntry(row ?? throw RpcErrors.NotFound(request.Name), lines[id], chart, account));
    }

    [Access(Roles.Readers)]
    public override Task<BalanceTransaction> GetBalanceTransaction(GetBalanceTransactionRequest request, ServerCallContext context)
    {
        var id = ParseStripeId(request.Name, LedgerMapping.TransactionPrefix, "name");
        var row = database.Read(c => BalanceTransactions.Find(c, id), context.CancellationToken);
        return Task.FromResult(LedgerMapping.ToTransaction(row ?? throw RpcErrors.NotFound(request.Name)));
    }

    [Access(Roles.Readers)]
    public override Task<TrialBalance> GetTrialBalance(GetTrialBalanceRequest request, ServerCallContext context)
    {
        var lastDay = request.AsOfDate is { } date ? ToDay(date) : int.MaxValue;
        var rows = database.Read(c => LedgerStore.Balances(c, lastDay), context.CancellationToken);
        var answer = new TrialBalance();
        answer.Balances.AddRange(rows.Select(r => new AccountBalance
        {
            Account = r.Account,
            AccountDisplayName = chart.Name(r.Account),
            Debit = new MinorAmount(r.DebitMinor, r.Currency).ToWire(),
            Credit = new MinorAmount(r.CreditMinor, r.Currency).ToWire(),
            Balance = new MinorAmount(r.DebitMinor - r.CreditMinor, r.Currency).ToWire(),
        }));
        answer.Totals.AddRange(rows.GroupBy(r => r.Currency).Select(g => new TrialBalanceTotal
        {
            Debit = new MinorAmount(g.Sum(r => r.DebitMinor), g.Key).ToWire(),
            Credit = new MinorAmount(g.Sum(r => r.CreditMinor), g.Key).ToWire(),
        }));
        return Task.FromResult(answer);
    }

    [Access(Roles.Readers)]
    public override Task<VerifyLedgerResponse> VerifyLedger(VerifyLedgerRequest request, ServerCallContext context)
    {
        // A block that was never there is no damage.
        var last = database.Read(LedgerChain.LastBlock, context.CancellationToken)?.BlockId ?? 0;
        if (request.Block < 0 || request.Block > last + 1)
            throw RpcErrors.FieldInvalid("block", $"must be from 0 to {last + 1}");
        var blocks = PageTokens.Size(request.MaxBlocks, DefaultBlocks, MaxPage, "max_blocks");
        var found = chain.Verify(Math.Max(1, request.Block), blocks, context.CancellationToken);
        guard.Judge(found);
        return Task.FromResult(new VerifyLedgerResponse
        {
            Failure = found.Failure ?? "",
            EntryCount = found.Entries,
            LastGoodEntry = found.LastGoodEntryId == 0 ? "" : LedgerMapping.EntryName(found.LastGoodEntryId),
            NextBlock = found.NextBlockId ?? 0,
            BlockCount = last,
            HaltReason = guard.Why ?? "",
        });
    }

    [Access(Roles.Readers)]
    public override Task<ListExceptionsResponse> ListExceptions(ListExceptionsRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");
        if (!System.Enum.IsDefined(request.Kind))
            throw RpcErrors.FieldInvalid("kind", "is not a known kind");
        var ends = OptionalEnds(request.Interval);
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? ExceptionStore.IdsUntil(ends.ToUs);
        var rows = database.Read(c => ExceptionStore.List(c, request.State, request.Kind, ExceptionStore.IdsFrom(ends.FromUs), before, size + 1), context.CancellationToken);
        var response = new ListExceptionsResponse();
        var now = time.NowMicros();
        response.Exceptions.AddRange(rows.Take(size).Select(r => LedgerMapping.ToException(r, now)));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].ExceptionId);
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override async Task<ReconciliationException> ResolveException(ResolveExceptionRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, "exceptions/{exception}");
        RequireText(request.Resolution, "resolution");
        var row = await database.WriteAsync(c =>
        {
            var found = ExceptionStore.Find(c, id) ?? throw RpcErrors.NotFound(request.Name);
            if (found.State != (long)ReconciliationException.Types.State.Open)
                throw RpcErrors.StateInvalid(request.Name, ((ReconciliationException.Types.State)found.State).ToString().ToUpperInvariant(), "is settled");
            exceptions.ResolveBy(c, id, AccessInterceptor.Caller(context).Subject, request.Resolution);
            return ExceptionStore.Find(c, id)!;
        });
        return LedgerMapping.ToException(row, time.NowMicros());
    }

    [Access(Roles.Readers)]
    public override Task<VerifyRollUpsResponse> VerifyRollUps(VerifyRollUpsRequest request, ServerCallContext context) => Task.FromResult(ToResponse(rollUps.Verify(context.CancellationToken)));

    [Access(Roles.Finance)]
    public override async Task<VerifyRollUpsResponse> RebuildRollUps(RebuildRollUpsRequest request, ServerCallContext context)
    {
        await rollUps.RebuildAsync();
        return ToResponse(rollUps.Verify(context.CancellationToken));
    }

    [Access(Roles.Finance)]
    public override async Task<CheckBooksResponse> CheckBooks(CheckBooksRequest request, ServerCallContext context)
    {
        var (invariants, balances) = await books.CheckAsync(context.CancellationToken);
        var response = new CheckBooksResponse();
        response.Invariants.AddRange(invariants.Select(i => new InvariantCheck
        {
            Invariant = i.Invariant.Name,
            Description = i.Invariant.Description,
            ViolationCount = i.Violations.Count,
            Violations = { i.Violations.Take(MaxShownViolations) },
        }));
        response.Balances.AddRange((balances ?? []).Select(b => new BalanceCheck
        {
            Available = new MinorAmount(b.AvailableMinor, b.Currency).ToWire(),
            Pending = new MinorAmount(b.PendingMinor, b.Currency).ToWire(),
            Clearing = new MinorAmount(b.ClearingMinor, b.Currency).ToWire(),
            Difference = new MinorAmount(b.DifferenceMinor, b.Currency).ToWire(),
        }));
        return response;
    }

    private static VerifyRollUpsResponse ToResponse(IEnumerable<RollUpFound> found) =>
        new() { RollUps = { found.Select(f => new RollUpCheck { RollUp = f.Table, RowCount = f.Rows, DifferenceCount = f.Differences }) } };

    private static long ParseEntry(string name, string path) =>
        name.StartsWith(LedgerMapping.EntryPrefix, StringComparison.Ordinal) && long.TryParse(name.AsSpan(LedgerMapping.EntryPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw RpcErrors.FieldInvalid(path, "must look like journalEntries/{entry}");

    /// <summary>An id of Stripe's behind a prefix.</summary>
    private static string ParseStripeId(string name, string prefix, string path) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length && name.Length <= prefix.Length + MaxStripeId && !name.AsSpan(prefix.Length).ContainsAnyExcept(StripeIdChars)
            ? name[prefix.Length..]
            : throw RpcErrors.FieldInvalid(path, $"must look like {prefix}{{id}}");

    /// <summary>What people say to what they do.</summary>
    private static void RequireText(string text, string path)
    {
        if (text.Trim().Length is < MinText or > MaxText)
            throw RpcErrors.FieldInvalid(path, $"must have {MinText} to {MaxText} characters");
    }

    private static int ToDay(Google.Type.Date date, string path = "as_of_date")
    {
        if (date.Year is < 1970 or > 9999 || date.Month is < 1 or > 12 || date.Day < 1 || date.Day > DateTime.DaysInMonth(date.Year, date.Month))
            throw RpcErrors.FieldInvalid(path, "must be a whole calendar date");
        return BookCalendar.ToDay(new(date.Year, date.Month, date.Day));
    }
}
