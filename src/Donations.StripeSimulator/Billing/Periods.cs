namespace Donations.StripeSimulator.Billing;

/// <summary>Billing periods counted from an anchor, so that the 31st comes back after a February.</summary>
internal static class Periods
{
    /// <summary>The end of the period that contains or begins at <paramref name="after"/>.</summary>
    public static long NextEnd(long anchor, string interval, int count, long after)
    {
        var start = DateTimeOffset.FromUnixTimeSeconds(anchor);
        var longest = count * interval switch { "day" => 1, "week" => 7, "month" => 31, _ => 366 } * 86400L;
        for (var n = (int)Math.Max(1, (after - anchor) / longest); ; n++)
        {
            var end = Add(start, interval, n * count).ToUnixTimeSeconds();
            if (end > after)
                return end;
        }
    }

    private static DateTimeOffset Add(DateTimeOffset start, string interval, int n) => interval switch
    {
        "day" => start.AddDays(n),
        "week" => start.AddDays(7 * n),
        "month" => start.AddMonths(n),
        "year" => start.AddYears(n),
        _ => throw new InvalidOperationException($"{interval} is no billing interval."),
    };
}
