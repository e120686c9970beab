using Dapper;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Appeals;

/// <summary>Sums of an appeal in one group and one currency, over some days.</summary>
internal sealed record ExperimentSums
{
    public string AppealId { get; init; } = "";
    public ExperimentGroup ExperimentGroup { get; init; }

    /// <summary>Where it was seen; unspecified without a view.</summary>
    public Placement Placement { get; init; }
    public string Currency { get; init; } = "";
    public long ViewCount { get; init; }
    public long ClickCount { get; init; }
    public long DismissCount { get; init; }
    public long RemindCount { get; init; }
    public long CheckoutCount { get; init; }
    public long ConversionCount { get; init; }
    public long AmountMinor { get; init; }
    public long ValueMinor { get; init; }
    public long NetMinor { get; init; }
    public long ValueSquareHigh { get; init; }
    public long ValueSquareLow { get; init; }
    public long NetSquareHigh { get; init; }
    public long NetSquareLow { get; init; }

    /// <summary>Views by value.</summary>
    public ViewSample Value => new(ViewCount, ConversionCount, ValueMinor, Square(ValueSquareHigh, ValueSquareLow));

    /// <summary>Views by net value.</summary>
    public ViewSample Net => new(ViewCount, ConversionCount, NetMinor, Square(NetSquareHigh, NetSquareLow));

    /// <summary>Of one appeal and group, or more; names are the first one's.</summary>
    public static ExperimentSums operator +(ExperimentSums a, ExperimentSums b) => a with
    {
        ViewCount = a.ViewCount + b.ViewCount,
        ClickCount = a.ClickCount + b.ClickCount,
        DismissCount = a.DismissCount + b.DismissCount,
        RemindCount = a.RemindCount + b.RemindCount,
        CheckoutCount = a.CheckoutCount + b.CheckoutCount,
        ConversionCount = a.ConversionCount + b.ConversionCount,
        AmountMinor = a.AmountMinor + b.AmountMinor,
        ValueMinor = a.ValueMinor + b.ValueMinor,
        NetMinor = a.NetMinor + b.NetMinor,
        ValueSquareHigh = a.ValueSquareHigh + b.ValueSquareHigh,
        ValueSquareLow = a.ValueSquareLow + b.ValueSquareLow,
        NetSquareHigh = a.NetSquareHigh + b.NetSquareHigh,
        NetSquareLow = a.NetSquareLow + b.NetSquareLow,
    };

    private static double Square(long high, long low) => ((double)high * ExperimentCounters.SquareBase) + low;
}

/// <summary>The counters of events and conversions in SQL: sums by day, nothing about anybody.</summary>
internal static class ExperimentCounters
{
    /// <summary>Squares are kept in two parts, high * 10^9 + low: sums of either stay within 64 bits for nine thousand million gifts.</summary>
    public const long SquareBase = 1_000_000_000;

    /// <summary>Days are kept as integers such as 20261124, in UTC: the service knows no reader's time zone.</summary>
    public static int DayOf(long micros)
    {
        var date = UnixMicros.ToDateTimeOffset(micros).UtcDateTime;
        return (date.Year * 10_000) + (date.Month * 100) + date.Day;
    }

    public static void Add(SqliteConnection connection, IEnumerable<EventCounts> counts, int day) => connection.Execute(
        """
        INSERT INTO appeal_event_days (campaign_id, event_date, appeal_id, placement, experiment_group, currency, country, view_count, click_count, dismiss_count, remind_count, checkout_count)
        VALUES (@CampaignId, @day, @AppealId, @Placement, @ExperimentGroup, @Currency, @Country, @ViewCount, @ClickCount, @DismissCount, @RemindCount, @CheckoutCount)
        ON CONFLICT DO UPDATE SET view_count = view_count + excluded.view_count, click_count = click_count + excluded.click_count,
          dismiss_count = dismiss_count + excluded.dismiss_count, remind_count = remind_count + excluded.remind_count, checkout_count = checkout_count + excluded.checkout_count
        """,
        counts.Select(c => new { c.Key.CampaignId, day, c.Key.AppealId, c.Key.Placement, c.Key.ExperimentGroup, c.Key.Currency, c.Key.Country, c.ViewCount, c.ClickCount, c.DismissCount, c.RemindCount, c.CheckoutCount }));

    /// <summary>Counts a pledge whose first payment is in. Its country is not kept: a gift is rarer than a view, and tells more.</summary>
    public static void AddConversion(
        SqliteConnection connection, (string CampaignId, string AppealId, Placement Placement, ExperimentGroup Group) from, MinorAmount amount, PledgeInterval interval, GiftValue value, int day)
    {
        var (valueHigh, valueLow) = Square(value.ValueMinor);
        var (netHigh, netLow) = Square(value.NetMinor);
        connection.Execute(
            """
            INSERT INTO appeal_conversion_days (campaign_id, event_date, appeal_id, placement, experiment_group, currency, interval, conversion_count, amount_minor,
              value_minor, value_square_high, value_square_low, net_minor, net_square_high, net_square_low)
            VALUES (@CampaignId, @day, @AppealId, @Placement, @Group, @Currency, @interval, 1, @Minor, @ValueMinor, @valueHigh, @valueLow, @NetMinor, @netHigh, @netLow)
            ON CONFLICT DO UPDATE SET conversion_count = conversion_count + 1, amount_minor = amount_minor + excluded.amount_minor, value_minor = value_minor + excluded.value_minor,
              value_square_high = value_square_high + excluded.value_square_high, value_square_low = value_square_low + excluded.value_square_low, net_minor = net_minor + excluded.net_minor,
              net_square_high = net_square_high + excluded.net_square_high, net_square_low = net_square_low + excluded.net_square_low
            """,
            new { from.CampaignId, day, from.AppealId, from.Placement, from.Group, amount.Currency, interval, amount.Minor, value.ValueMinor, valueHigh, valueLow, value.NetMinor, netHigh, netLow });
    }

    /// <summary>By appeal, group and currency.</summary>
    /// <param name="connection">To read from.</param>
    /// <param name="campaignId">The campaign.</param>
    /// <param name="placement">Unspecified: all.</param>
    /// <param name="currency">Null: all that prices were shown in.</param>
    /// <param name="fromDay">First day, in UTC.</param>
    /// <param name="toDay">Day after the last one.</param>
    public static List<ExperimentSums> Between(SqliteConnection connection, string campaignId, Placement placement, string? currency, int fromDay, int toDay) => connection.Query<ExperimentSums>(
        """
        SELECT appeal_id AS AppealId, experiment_group AS ExperimentGroup, currency AS Currency, max(iif(view_count > 0, placement, 0)) AS Placement, sum(view_count) AS ViewCount, sum(click_count) AS ClickCount, sum(dismiss_count) AS DismissCount,
          sum(remind_count) AS RemindCount, sum(checkout_count) AS CheckoutCount, sum(conversion_count) AS ConversionCount, sum(amount_minor) AS AmountMinor, sum(value_minor) AS ValueMinor,
          sum(value_square_high) AS ValueSquareHigh, sum(value_square_low) AS ValueSquareLow, sum(net_minor) AS NetMinor, sum(net_square_high) AS NetSquareHigh, sum(net_square_low) AS NetSquareLow
        FROM (
          SELECT campaign_id, event_date, appeal_id, placement, experiment_group, currency, view_count, click_count, dismiss_count, remind_count, checkout_count, 0 AS conversion_count,
            0 AS amount_minor, 0 AS value_minor, 0 AS value_square_high, 0 AS value_square_low, 0 AS net_minor, 0 AS net_square_high, 0 AS net_square_low FROM appeal_event_days
          UNION ALL
          SELECT campaign_id, event_date, appeal_id, placement, experiment_group, currency, 0, 0, 0, 0, 0, conversion_count,
            amount_minor, value_minor, value_square_high, value_square_low, net_minor, net_square_high, net_square_low FROM appeal_conversion_days)
        WHERE campaign_id = @campaignId AND event_date >= @fromDay AND event_date < @toDay AND (@placement = 0 OR placement = @placement)
          AND currency <> '' AND (@currency IS NULL OR currency = @currency)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        new { campaignId, placement, currency, fromDay, toDay }).AsList();

    private static (long High, long Low) Square(long minor)
    {
        var square = (Int128)minor * minor;
        return ((long)(square / SquareBase), (long)(square % SquareBase));
    }
}
