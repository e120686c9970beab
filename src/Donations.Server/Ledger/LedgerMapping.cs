using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Date = Google.Type.Date;

namespace Donations.Server.Ledger;

internal static class LedgerMapping
{
    public const string EntryPrefix = "journalEntries/";
    public const string PayoutPrefix = "payouts/";
    public const string TransactionPrefix = "balanceTransactions/";
    public const string PeriodPrefix = "periods/";
    public const string ProposalPrefix = "journalProposals/";
    public const string ExceptionPrefix = "exceptions/";

    public static JournalEntry ToEntry(EntryRow row, IEnumerable<LineRow> lines, ChartOfAccounts chart, BooksAccount? account)
    {
        var entry = new JournalEntry
        {
            Name = EntryName(row.EntryId),
            BookDate = ToDate(row.BookDate),
            FactTime = UnixMicros.ToTimestamp(row.FactTimeUs),
            CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
            SourceKind = row.SourceKind,
            SourceId = row.SourceId,
            Transition = row.Transition,
            Memo = row.Memo,
            ReversedJournalEntry = row.SourceKind == PostingRules.Reversal ? EntryPrefix + row.SourceId : "",
            Livemode = row.Livemode == 1,
            StripeAccount = account?.AccountId ?? "",
        };
        entry.Lines.AddRange(lines.Select(l => ToLine(l, chart)));
        return entry;
    }

    public static ReconciliationException ToException(ExceptionRow row, long nowMicros) => new()
    {
        Name = ExceptionPrefix + row.ExceptionId,
        Kind = (ReconciliationException.Types.Kind)row.Kind,
        State = (ReconciliationException.Types.State)row.State,
        ObjectId = row.ObjectId,
        Resource = row.Resource ?? "",
        Detail = row.Detail,
        CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
        ResolveTime = UnixMicros.ToTimestamp(row.ResolveTimeUs),
        Resolver = row.ResolvedBy ?? "",
        Resolution = row.Resolution ?? "",
        AgeDays = (int)(((row.ResolveTimeUs ?? nowMicros) - row.CreateTimeUs) / UnixMicros.PerDay),
    };

    public static Payout ToPayout(PayoutRow row)
    {
        MinorAmount Of(long minor) => new(minor, row.Currency);
        return new()
        {
            Name = PayoutPrefix + row.PayoutId,
            State = (Payout.Types.State)row.State,
            Amount = Of(row.AmountMinor).ToWire(),
            CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
            ArrivalTime = UnixMicros.ToTimestamp(row.ArrivalTimeUs),
            Automatic = row.Automatic == 1,
            FailureReason = row.FailureReason ?? "",
            BatchState = (Payout.Types.BatchState)row.BatchState,
            OpenReason = row.OpenReason ?? "",
            TransactionCount = (int)row.TransactionCount,
            Gross = Of(row.GrossMinor).ToWire(),
            Fee = Of(row.FeeMinor).ToWire(),
            Net = Of(row.NetMinor).ToWire(),
            Opening = row.OpeningMinor == 0 ? null : Of(row.OpeningMinor).ToWire(),
            VerifyTime = UnixMicros.ToTimestamp(row.VerifyTimeUs),
            CloseTime = UnixMicros.ToTimestamp(row.CloseTimeUs),
            Closer = row.ClosedBy ?? "",
            ExportTime = UnixMicros.ToTimestamp(row.ExportTimeUs),
            Document = row.Document ?? "",
        };
    }

    public static BalanceTransaction ToTransaction(BalanceTransactionRow row)
    {
        MinorAmount Of(long minor) => new(minor, row.Currency);
        return new()
        {
            Name = TransactionPrefix + row.BalanceTransactionId,
            Category = row.Category,
            SourceId = row.SourceId ?? "",
            Gross = Of(row.AmountMinor).ToWire(),
            Fee = Of(row.FeeMinor).ToWire(),
            Net = Of(row.NetMinor).ToWire(),
            CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
            AvailableTime = UnixMicros.ToTimestamp(row.AvailableTimeUs),
            JournalEntry = row.EntryId is { } entry ? EntryName(entry) : "",
            Payment = row.PaymentId is null ? "" : "payments/" + row.PaymentId,
            Payout = row.PayoutId is null ? "" : PayoutPrefix + row.PayoutId,
            StripeAccount = row.StripeAccount ?? "",
            Livemode = row.Livemode == 1,
        };
    }

    public static Period ToPeriod(PeriodRow row, long entryCount, IEnumerable<string> obstacles) => new()
    {
        Name = PeriodName(row.PeriodId),
        State = (Period.Types.State)row.State,
        Requester = row.RequestedBy ?? "",
        RequestTime = UnixMicros.ToTimestamp(row.RequestTimeUs),
        Closer = row.ClosedBy ?? "",
        CloseTime = UnixMicros.ToTimestamp(row.CloseTimeUs),
        EntryCount = row.EntryCount ?? entryCount,
        LastJournalEntry = row.LastEntryId is { } last ? EntryName(last) : "",
        Obstacles = { obstacles },
    };

    public static JournalProposal ToProposal(ProposalRow row)
    {
        var proposal = JournalProposal.Parser.ParseFrom(row.Lines);
        proposal.Name = ProposalPrefix + row.ProposalId;
        proposal.State = (JournalProposal.Types.State)row.State;
        proposal.BookDate = ToDate(row.BookDate);
        proposal.Reason = row.Reason;
        proposal.Document = row.Document;
        proposal.ReversedJournalEntry = row.ReversedEntryId is { } reversed ? EntryName(reversed) : "";
        proposal.Proposer = row.ProposedBy;
        proposal.CreateTime = UnixMicros.ToTimestamp(row.ProposeTimeUs);
        proposal.Decider = row.DecidedBy ?? "";
        proposal.DecideTime = UnixMicros.ToTimestamp(row.DecideTimeUs);
        proposal.DecisionNote = row.Decision ?? "";
        proposal.JournalEntry = row.EntryId is { } entry ? EntryName(entry) : "";
        return proposal;
    }

    public static string PeriodName(long periodId) => $"{PeriodPrefix}{periodId / 100:D4}-{periodId % 100:D2}";

    public static string EntryName(long entryId) => EntryPrefix + entryId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static Date ToDate(long day)
    {
        var date = BookCalendar.ToDate((int)day);
        return new() { Year = date.Year, Month = date.Month, Day = date.Day };
    }

    /// <summary>The amount, or null for zero: exactly one side of a line is set.</summary>
    public static Google.Type.Money? SideOf(long minor, string currency) => minor == 0 ? null : new MinorAmount(minor, currency).ToWire();

    private static JournalLine ToLine(LineRow row, ChartOfAccounts chart) => new()
    {
        Account = row.Account,
        AccountDisplayName = chart.Name(row.Account),
        Debit = SideOf(row.DebitMinor, row.Currency),
        Credit = SideOf(row.CreditMinor, row.Currency),
        OriginalAmount = row.OriginalMinor is { } minor ? new MinorAmount(minor, row.OriginalCurrency!).ToWire() : null,
        ExchangeRate = row.ExchangeRate ?? "",
        Campaign = row.CampaignId is null ? "" : "campaigns/" + row.CampaignId,
        Fund = row.Fund ?? "",
        Method = row.Method ?? "",
        Placement = (Placement)(row.Placement ?? 0),
    };
}
