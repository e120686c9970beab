using Donations.V1;
using Google.Type;
using Spectre.Console;

namespace Donations.Cli.Reports;

/// <summary>Stripe's balance as it is reckoned: opening, what happened, payouts, closing, and Stripe's own beside it.</summary>
internal static class BalanceTable
{
    public static Table Of(IReadOnlyList<BalanceSummaryOfCurrency> currencies)
    {
        var table = Cells.Columns(["line", "cur."], ["count", "gross", "fee", "net"]);
        foreach (var currency in currencies)
        {
            if (currency != currencies[0])
                table.AddEmptyRow();
            Sum("opening", currency.Opening);
            foreach (var row in currency.Rows)
                table.AddRow(new Text(row.Category), new Text(row.Net.CurrencyCode), Cells.Number(row.TransactionCount), Cells.Number(row.Gross), Cells.Number(row.Fee), Cells.Number(row.Net));
            Sum("payouts", currency.Payouts);
            Sum("closing", currency.Closing);
            Sum("late facts, booked after it", currency.LateFacts);
            Sum("ledger's closing (1010)", currency.LedgerClosing);
            Sum("Stripe's closing", currency.StripeClosing);
            Sum("difference", currency.Difference, currency.Difference is { } d && (d.Units != 0 || d.Nanos != 0) ? new(Spectre.Console.Color.Red, decoration: Decoration.Bold) : null);

            void Sum(string line, Money? money, Style? style = null) => table.AddRow(
                new Text(line, style), new Text(currency.Opening.CurrencyCode), new Text(""), new Text(""), new Text(""), new Text(money is null ? "not known" : Cells.Decimal(money), style));
        }

        return table;
    }
}
