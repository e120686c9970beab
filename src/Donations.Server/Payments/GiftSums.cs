using Dapper;
using Donations.Server.Ledger;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>Roll-up of paid gifts by what asked for them: in the donors' currencies, as charged.</summary>
internal static class GiftSums
{
    public static readonly Sums Gifts = new(
        "gift_sums", "(SELECT * FROM payments WHERE state = 1)", "payment_id", "pay_date",
        keys: [("campaign_id", "campaign_id"), ("kind", "kind"), ("currency", "currency")],
        values: [("payment_count", "count(*)"), ("amount_minor", "sum(amount_minor)")],
        dimensions: [("appeal_id", "''"), ("placement", "0")],
        cuts: [0, 1, 2, 3]);

    /// <summary>Payments from before the column get their day.</summary>
    public static RollUpPreparation Preparation(BookCalendar calendar) => new(Gifts.Table, connection => connection.Execute(
        "UPDATE payments SET pay_date = @day WHERE payment_id = @id",
        connection.Query<(string Id, long TimeUs)>("SELECT payment_id, pay_time_us FROM payments WHERE state = 1 AND pay_date IS NULL").Select(p => new { id = p.Id, day = calendar.DayOf(p.TimeUs) }).ToList()));
}

/// <summary>
/// Which years each donor gave in, and from that how many donors of a year were new, kept from the year before, or back after a pause. Counted when a gift
/// comes: the counts stay when what joins gifts to a donor is gone.
/// </summary>
internal sealed class DonorYears : IRollUp
{
    public string Table => "donor_years";

    private const string Source = "SELECT donor_id, pay_date / 10000, count(*) FROM payments WHERE state = 1 AND donor_id IS NOT NULL GROUP BY 1, 2";

    public void Rebuild(SqliteConnection connection) => connection.Execute($"DELETE FROM donor_years; INSERT INTO donor_years {Source}");

    public long Differences(SqliteConnection connection) => RollUps.Differences(connection, Source, "SELECT * FROM donor_years");

    public static void Add(SqliteConnection connection, string donorId, int year)
    {
        if (connection.Execute("UPDATE donor_years SET payment_count = payment_count + 1 WHERE donor_id = @donorId AND year = @year", new { donorId, year }) == 1)
            return;
        // A gift of an older year may come late: then what later years say of this donor changes too.
        LifecycleYears.Count(connection, donorId, -1);
        connection.Execute("INSERT INTO donor_years (donor_id, year, payment_count) VALUES (@donorId, @year, 1)", new { donorId, year });
        LifecycleYears.Count(connection, donorId, +1);
    }
}

/// <summary>Donors of each year: new, kept, back.</summary>
internal sealed class LifecycleYears : IRollUp
{
    private const string Classified =
        """
        SELECT year, sum(before IS NULL) AS new_count, sum(before = year - 1) AS retained_count, sum(before < year - 1) AS reactivated_count
        FROM (SELECT year, lag(year) OVER (PARTITION BY donor_id ORDER BY year) AS before FROM donor_years
        """;

    public string Table => "lifecycle_years";

    private const string Source = $"SELECT year, new_count, coalesce(retained_count, 0), coalesce(reactivated_count, 0) FROM ({Classified}) GROUP BY year)";

    public void Rebuild(SqliteConnection connection) => connection.Execute($"DELETE FROM lifecycle_years; INSERT INTO lifecycle_years {Source}");

    public long Differences(SqliteConnection connection) => RollUps.Differences(connection, Source, "SELECT * FROM lifecycle_years");

    /// <summary>Adds or takes away what one donor counts for, in every year.</summary>
    public static void Count(SqliteConnection connection, string donorId, int sign)
    {
        connection.Execute(
            $"""
            INSERT INTO lifecycle_years (year, new_count, retained_count, reactivated_count)
            SELECT year, @sign * new_count, @sign * coalesce(retained_count, 0), @sign * coalesce(reactivated_count, 0) FROM ({Classified} WHERE donor_id = @donorId) GROUP BY year) WHERE true
            ON CONFLICT (year) DO UPDATE SET new_count = new_count + excluded.new_count, retained_count = retained_count + excluded.retained_count,
              reactivated_count = reactivated_count + excluded.reactivated_count
            """,
            new { donorId, sign });
    }
}
