using System.Globalization;
using Donations.V1;
using Google.Protobuf;
using Spectre.Console;
using Spectre.Console.Rendering;
using Money = Google.Type.Money;

namespace Donations.Cli;

/// <summary>Answers as tables: amounts right-aligned beside their currency, totals per currency.</summary>
internal static class ReportTables
{
    public static IRenderable For(IMessage page, bool first, string interval) => page switch
    {
        PeriodSummary summary => Summary(summary, interval),
        TrialBalance balance => Balances(balance),
        ListContributionDetailsResponse details => Contributions(details, first),
        ListGeneralLedgerLinesResponse lines => Lines(lines, first),
        _ => throw new ArgumentException(page.Descriptor.Name, nameof(page)),
    };

    /// <summary>A plain decimal, exact: units and nanos are put together as text.</summary>
    public static string Decimal(Money? money)
    {
        if (money is null)
            return "";
        var sign = money.Units < 0 || money.Nanos < 0 ? "-" : "";
        var nanos = Math.Abs(money.Nanos).ToString("D9", CultureInfo.InvariantCulture);
        var decimals = nanos.TrimEnd('0').Length;
        return $"{sign}{Math.Abs((decimal)money.Units):F0}.{nanos[..Math.Max(decimals, 2)]}";
    }

    private static Table Summary(PeriodSummary summary, string interval)
    {
        var table = Columns(["day", "campaign", "currency"], ["payments", "gross", "fee", "refunds", "refunded", "net"]);
        foreach (var row in summary.Rows)
            Add(table, Day(row.PeriodStartDate), Last(row.Campaign), row);
        table.AddEmptyRow();
        foreach (var total in summary.Totals)
            Add(table, "total", "", total);
        return table.Caption(Markup.Escape(summary.Rows.Count == 0 ? $"Nothing was booked {interval}" : $"Booked {interval}"));

        static void Add(Table table, string day, string campaign, PeriodSummaryRow row) => table.AddRow(
            Text(day), Text(campaign), Text(row.Gross.CurrencyCode), Number(row.PaymentCount), Number(row.Gross), Number(row.Fee), Number(row.RefundCount), Number(row.Refunded), Number(row.Net));
    }

    private static Table Balances(TrialBalance balance)
    {
        var table = Columns(["account", "name", "currency"], ["debit", "credit", "balance"]);
        foreach (var row in balance.Balances)
            table.AddRow(Text(row.Account), Text(row.AccountDisplayName), Text(row.Balance.CurrencyCode), Number(row.Debit), Number(row.Credit), Number(row.Balance));
        table.AddEmptyRow();
        foreach (var total in balance.Totals)
            table.AddRow(Text("total"), Text(""), Text(total.Debit.CurrencyCode), Number(total.Debit), Number(total.Credit), Text(""));
        var even = balance.Totals.All(t => t.Debit.Equals(t.Credit));
        return table.Caption(even ? "Debits equal credits" : "[red]Debits and credits differ: the books are broken[/]");
    }

    private static Table Contributions(ListContributionDetailsResponse page, bool first)
    {
        var table = Columns(["time (UTC)", "payment", "campaign", "interval", "kind", "currency"], ["amount", "refunded", "fee", "net"]);
        table.ShowHeaders = first;
        foreach (var row in page.ContributionDetails)
        {
            table.AddRow(
                Text(row.PayTime.ToDateTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)), Text(Last(row.Payment)), Text(Last(row.Campaign)),
                Text(row.Interval.ToString()), Text(row.Kind.ToString()), Text(row.Amount.CurrencyCode), Number(row.Amount), Number(row.RefundedAmount),
                row.Settlement is null ? Text("awaiting") : Number(row.Settlement.Fee), Number(row.Settlement?.Net));
        }

        return table;
    }

    private static Table Lines(ListGeneralLedgerLinesResponse page, bool first)
    {
        var table = Columns(["entry", "day", "account", "name", "currency"], ["debit", "credit"]);
        table.AddColumn("document");
        table.ShowHeaders = first;
        foreach (var row in page.GeneralLedgerLines)
        {
            table.AddRow(
                Text(Last(row.JournalEntry)), Text(Day(row.BookDate)), Text(row.Account), Text(row.AccountDisplayName), Text((row.Debit ?? row.Credit).CurrencyCode),
                Number(row.Debit), Number(row.Credit), Text(row.Document));
        }

        return table;
    }

    private static Table Columns(string[] texts, string[] numbers)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var text in texts)
            table.AddColumn(new TableColumn(text).NoWrap());
        foreach (var number in numbers)
            table.AddColumn(new TableColumn(number).RightAligned().NoWrap());
        return table;
    }

    private static Text Text(string text) => new(text);

    private static Text Number(Money? money) => new(Decimal(money));

    private static Text Number(long count) => new(count.ToString(CultureInfo.InvariantCulture));

    private static string Day(Google.Type.Date? date) => date is null ? "" : $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}";

    private static string Last(string name) => name[(name.LastIndexOf('/') + 1)..];
}
