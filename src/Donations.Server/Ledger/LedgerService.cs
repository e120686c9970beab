using System.Globalization;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Ledger;

internal sealed class LedgerService(Database database, ChartOfAccounts chart, LedgerChain chain, LedgerGuard guard, PageTokens pageTokens) : V1.LedgerService.LedgerServiceBase
{
    private const int DefaultPage = 50;
    private const int MaxPage = 1000;
    private const int DefaultBlocks = 100;

    [Access(Roles.Finance)]
    public override Task<ListJournalEntriesResponse> ListJournalEntries(ListJournalEntriesRequest request, ServerCallContext context)
    {
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) is { } cursor ? long.Parse(cursor, CultureInfo.InvariantCulture) : long.MaxValue;
        var sourceId = request.SourceId.Length == 0 ? null : request.SourceId;
        var (rows, lines) = database.Read(
            c =>
            {
                var found = LedgerStore.ListEntries(c, before, sourceId, size + 1);
                return (found, LedgerStore.LinesOf(c, found.Select(r => r.EntryId)));
            },
            context.CancellationToken);

        var response = new ListJournalEntriesResponse();
        response.JournalEntries.AddRange(rows.Take(size).Select(r => LedgerMapping.ToEntry(r, lines[r.EntryId], chart)));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].EntryId.ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
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

    [Access(Roles.Finance)]
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

    [Access(Roles.Finance)]
    public override Task<ListExceptionsResponse> ListExceptions(ListExceptionsRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");
        if (!System.Enum.IsDefined(request.Kind))
            throw RpcErrors.FieldInvalid("kind", "is not a known kind");
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => ExceptionStore.List(c, request.State, request.Kind, before, size + 1), context.CancellationToken);
        var response = new ListExceptionsResponse();
        response.Exceptions.AddRange(rows.Take(size).Select(LedgerMapping.ToException));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].ExceptionId);
        return Task.FromResult(response);
    }

    private static int ToDay(Google.Type.Date date)
    {
        if (date.Year is < 1970 or > 9999 || date.Month is < 1 or > 12 || date.Day < 1 || date.Day > DateTime.DaysInMonth(date.Year, date.Month))
            throw RpcErrors.FieldInvalid("as_of_date", "must be a whole calendar date");
        return BookCalendar.ToDay(new(date.Year, date.Month, date.Day));
    }
}
