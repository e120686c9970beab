using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Date = Google.Type.Date;

namespace Donations.Server.Ledger;

internal static class LedgerMapping
{
    public static JournalEntry ToEntry(EntryRow row, IEnumerable<LineRow> lines, ChartOfAccounts chart)
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
        };
        entry.Lines.AddRange(lines.Select(l => ToLine(l, chart)));
        return entry;
    }

    public static ReconciliationException ToException(ExceptionRow row) => new()
    {
        Name = "exceptions/" + row.ExceptionId,
        Kind = (ReconciliationException.Types.Kind)row.Kind,
        State = (ReconciliationException.Types.State)row.State,
        ObjectId = row.ObjectId,
        Resource = row.Resource ?? "",
        Detail = row.Detail,
        CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
        ResolveTime = UnixMicros.ToTimestamp(row.ResolveTimeUs),
    };

    public static string EntryName(long entryId) => $"journalEntries/{entryId}";

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
    };
}
