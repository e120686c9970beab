using Donations.V1;
using Google.Protobuf;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Donations.Cli.Cells;

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
                Time(row.PayTime), Text(Last(row.Payment)), Text(Last(row.Campaign)),
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
}
