using Dapper;
using Donations.Server.Ledger;
using Donations.V1;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>What a move of a pledge does to monthly recurring revenue.</summary>
/// <param name="Kind">How it is reported.</param>
/// <param name="AmountMinor">Minor units a month, signed.</param>
/// <param name="PledgeCount">+1 where a pledge begins to count, -1 where it ends, else 0.</param>
internal sealed record Movement(MrrMovementKind Kind, long AmountMinor, int PledgeCount)
{
    private const int MonthsPerYear = 12;

    /// <summary>Minor units a month: an annual gift counts a twelfth, rounded by itself, so that sums are whole. A pledge counts while it charges, or is late.</summary>
    public static long MonthlyMinor(PledgeRow pledge) => !Counts(pledge) ? 0
        : pledge.Interval == PledgeInterval.Annual ? (long)Math.Round((decimal)pledge.AmountMinor / MonthsPerYear, MidpointRounding.ToEven) : pledge.AmountMinor;

    /// <summary>Null where revenue does not move.</summary>
    public static Movement? Of(PledgeRow before, PledgeRow after)
    {
        var (was, becomes) = (Counts(before), Counts(after));
        var delta = MonthlyMinor(after) - MonthlyMinor(before);
        if (was == becomes)
            return delta == 0 ? null : new(delta > 0 ? MrrMovementKind.Upgrade : MrrMovementKind.Downgrade, delta, 0);
        if (becomes)
            return new(before.State is State.Paused or State.Lapsed ? MrrMovementKind.Reactivated : MrrMovementKind.New, delta, 1);
        return new(after.State == State.Paused ? MrrMovementKind.Paused : Failed(after) ? MrrMovementKind.FailedChurn : MrrMovementKind.VoluntaryChurn, delta, -1);
    }

    public static bool Counts(PledgeRow pledge) => pledge.Recurring && pledge.State is State.Active or State.PastDue;

    /// <summary>Ended by what its card did, not by its donor.</summary>
    private static bool Failed(PledgeRow pledge) => pledge.State != State.Cancelled || pledge.CancelReason == Pledge.Types.CancelReason.Fraud;
}

/// <summary>Moves of recurring revenue, and their roll-ups.</summary>
internal static class Movements
{
    /// <summary>By kind.</summary>
    public static readonly Sums Mrr = new(
        "mrr_sums", "pledge_movements", "movement_id", "move_date",
        keys: [("currency", "currency"), ("kind", "kind")],
        values: [("movement_count", "count(*)"), ("amount_minor", "sum(amount_minor)")],
        dimensions: [("campaign_id", "''")],
        cuts: [0, 1]);

    /// <summary>By the month that pledges began to count in.</summary>
    public static readonly Sums Cohorts = new(
        "cohort_sums", "pledge_movements", "movement_id", "move_date",
        keys: [("cohort_month", "cohort_month"), ("currency", "currency")],
        values: [("pledge_count", "sum(pledge_count)"), ("amount_minor", "sum(amount_minor)")],
        grains: [100]);

    public static void Add(SqliteConnection connection, PledgeRow pledge, Movement movement, long timeMicros, int day)
    {
        // The cohort is the month that a pledge began to count in.
        var cohort = movement.Kind == MrrMovementKind.New ? day / 100
            : connection.ExecuteScalar<long?>("SELECT cohort_month FROM pledge_movements WHERE pledge_id = @PledgeId ORDER BY movement_id LIMIT 1", new { pledge.PledgeId }) ?? day / 100;
        var id = connection.ExecuteScalar<long>(
            """
            INSERT INTO pledge_movements (pledge_id, move_date, move_time_us, kind, currency, campaign_id, cohort_month, amount_minor, pledge_count)
            VALUES (@PledgeId, @day, @timeMicros, @Kind, @Currency, @CampaignId, @cohort, @AmountMinor, @PledgeCount) RETURNING movement_id
            """,
            new { pledge.PledgeId, day, timeMicros, movement.Kind, pledge.Currency, pledge.CampaignId, cohort, movement.AmountMinor, movement.PledgeCount });
        Mrr.Add(connection, id);
        Cohorts.Add(connection, id);
    }

    /// <summary>Pledges that ran before movements were kept count from the day that they were made.</summary>
    public static RollUpPreparation Preparation(BookCalendar calendar) => new(Mrr.Table, connection =>
    {
        foreach (var pledge in PledgeStore.ListUncounted(connection))
        {
            var monthly = Movement.MonthlyMinor(pledge with { State = State.Active });
            Add(connection, pledge, new(MrrMovementKind.New, monthly, 1), pledge.CreateTimeUs, calendar.DayOf(pledge.CreateTimeUs));
            if (pledge.State == State.Paused)
                Add(connection, pledge, new(MrrMovementKind.Paused, -monthly, -1), pledge.UpdateTimeUs, calendar.DayOf(pledge.UpdateTimeUs));
        }
    });
}
