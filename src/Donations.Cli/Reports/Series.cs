using System.Globalization;
using Donations.V1;
using Google.Protobuf;
using Google.Type;
using Money = Google.Type.Money;

namespace Donations.Cli.Reports;

/// <summary>A series to plot: what it shows, and a bar for each point.</summary>
internal sealed record Series(string Title, IReadOnlyList<(string Label, decimal Value, string Shown)> Points)
{
    /// <summary>The series of a report's rows, one per currency: amounts of different currencies are never beside each other.</summary>
    public static IReadOnlyList<Series> Of(IReadOnlyList<IMessage> rows)
    {
        if (rows.Count == 0)
            return [];
        return rows[0] switch
        {
            PeriodSummaryRow => Amounts("net", rows.Cast<PeriodSummaryRow>(), r => Cells.Day(r.PeriodStartDate), r => r.Net),
            MrrRow => Amounts("MRR at the end of the month", rows.Cast<MrrRow>(), r => Month(r.MonthStartDate), r => r.Closing),
            CampaignPerformanceRow => Amounts("given", rows.Cast<CampaignPerformanceRow>(), r => Cells.Last(r.Campaign), r => r.Amount),
            FeeRow => Percents([.. rows.Cast<FeeRow>()]),
            DonorLifecycleRow => [new("donors", [.. rows.Cast<DonorLifecycleRow>().Select(r => (r.Year.ToString(CultureInfo.InvariantCulture), (decimal)r.DonorCount, r.DonorCount.ToString(CultureInfo.InvariantCulture)))])],
            _ => [],
        };
    }

    public static string Month(Date date) => $"{date.Year:D4}-{date.Month:D2}";

    private static List<Series> Amounts<T>(string what, IEnumerable<T> rows, Func<T, string> label, Func<T, Money> amount) =>
        [.. rows.GroupBy(r => amount(r).CurrencyCode).Select(c => new Series($"{what}, {c.Key}", [.. c.GroupBy(label).Select(g =>
        {
            var sum = g.Sum(r => Exact(amount(r)));
            return (g.Key, sum, sum.ToString("0.00#######", CultureInfo.InvariantCulture));
        })]))];

    /// <summary>What Stripe took of all that moved in a month; a month in which nothing did has none.</summary>
    private static List<Series> Percents(IReadOnlyList<FeeRow> rows) =>
        [.. rows.GroupBy(r => r.Actual.CurrencyCode).Select(c => new Series($"fees in % of gross, {c.Key}", [.. c.GroupBy(r => Month(r.MonthStartDate)).Select(g =>
        {
            var gross = g.Sum(r => Exact(r.Gross));
            var percent = gross <= 0 ? 0 : Math.Round(g.Sum(r => Exact(r.Actual)) * 100 / gross, 2);
            return (g.Key, percent, gross <= 0 ? "-" : percent.ToString("0.00", CultureInfo.InvariantCulture));
        })]))];

    private static decimal Exact(Money money) => money.Units + (money.Nanos / 1_000_000_000m);
}
