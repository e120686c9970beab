using Donations.Server.Ledger;
using Period = Donations.V1.GetPeriodSummaryRequest.Types.Period;

namespace Donations.Server.Reports;

/// <summary>Cuts booked days into periods: by a division in SQL where a day such as 20261124 allows it, the rest by folding its rows.</summary>
internal sealed class Periods(Period period, int fiscalYearStartMonth)
{
    private const int Whole = int.MaxValue;

    public static readonly Periods All = new(Period.Unspecified, 1);

    /// <summary>What SQL divides a day by: 1 leaves days, 100 months, 10000 years.</summary>
    public int Divisor => period switch
    {
        Period.Day or Period.Week => 1,
        Period.Month or Period.Quarter or Period.FiscalYear => 100,
        Period.Year => 10_000,
        _ => Whole,
    };

    /// <summary>Rows with the quotient in Period become rows with the first day of their period there, not before the first day asked for.</summary>
    public List<SummaryRow> Fold(List<SummaryRow> rows, int fromDay)
    {
        var started = rows.ConvertAll(r => r with { Period = Math.Max(fromDay, FirstDay((int)r.Period, fromDay)) });
        return Divisor == 1 && period == Period.Day ? started :
            [.. started.GroupBy(r => (r.Period, r.Currency, r.CampaignId, r.Fund, r.Placement, r.Method)).Select(g => g.Aggregate((sum, row) => sum + row))];
    }

    private int FirstDay(int quotient, int fromDay) => period switch
    {
        Period.Day => quotient,
        Period.Week => Monday(quotient),
        Period.Month => PeriodStore.FirstDay(quotient),
        Period.Quarter => PeriodStore.FirstDay(quotient - ((quotient % 100 - 1) % 3)),
        Period.FiscalYear => PeriodStore.FirstDay(quotient % 100 >= fiscalYearStartMonth ? (quotient / 100 * 100) + fiscalYearStartMonth : (((quotient / 100) - 1) * 100) + fiscalYearStartMonth),
        Period.Year => (quotient * 10_000) + 101,
        _ => fromDay,
    };

    private static int Monday(int day)
    {
        var date = BookCalendar.ToDate(day);
        return BookCalendar.ToDay(date.AddDays(-(((int)date.DayOfWeek + 6) % 7)));
    }
}
