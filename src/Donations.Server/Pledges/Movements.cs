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

/// <summary>Moves of recurring revenue, with their sums by day and by cohort.</summary>
internal static class Movements
{
    public static void Add(SqliteConnection connection, PledgeRow pledge, Movement movement, long timeMicros, int day)
    {
        var month = day / 100;
        // The cohort is the month that a pledge began to count in.
        var cohort = movement.Kind == MrrMovementKind.New ? month
            : connection.ExecuteScalar<long?>("SELECT cohort_month FROM pledge_movements WHERE pledge_id = @PledgeId ORDER BY movement_id LIMIT 1", new { pledge.PledgeId }) ?? month;
        var row = new { pledge.PledgeId, day, timeMicros, movement.Kind, pledge.Currency, pledge.CampaignId, cohort, month, movement.AmountMinor, movement.PledgeCount };
        connection.Execute(
            """
            INSERT INTO pledge_movements (pledge_id, move_date, move_time_us, kind, currency, campaign_id, cohort_month, amount_minor, pledge_count)
            VALUES (@PledgeId, @day, @timeMicros, @Kind, @Currency, @CampaignId, @cohort, @AmountMinor, @PledgeCount)
            """,
            row);
        connection.Execute(
            """
            INSERT INTO mrr_days (move_date, currency, campaign_id, kind, movement_count, amount_minor) VALUES (@day, @Currency, @CampaignId, @Kind, 1, @AmountMinor)
            ON CONFLICT DO UPDATE SET movement_count = movement_count + 1, amount_minor = amount_minor + excluded.amount_minor
            """,
            row);
        connection.Execute(
            """
            INSERT INTO mrr_months (move_month, currency, campaign_id, kind, movement_count, amount_minor) VALUES (@month, @Currency, @CampaignId, @Kind, 1, @AmountMinor)
            ON CONFLICT DO UPDATE SET movement_count = movement_count + 1, amount_minor = amount_minor + excluded.amount_minor
            """,
            row);
        connection.Execute(
            """
            INSERT INTO cohort_months (cohort_month, month, currency, pledge_count, amount_minor) VALUES (@cohort, @month, @Currency, @PledgeCount, @AmountMinor)
            ON CONFLICT DO UPDATE SET pledge_count = pledge_count + excluded.pledge_count, amount_minor = amount_minor + excluded.amount_minor
            """,
            row);
    }
}

/// <summary>Roll-up of the movements by day and kind.</summary>
internal sealed class MrrDays(BookCalendar calendar) : IRollUp
{
    public string Table => "mrr_days";

    public string Source => "SELECT move_date, currency, campaign_id, kind, count(*), sum(amount_minor) FROM pledge_movements GROUP BY 1, 2, 3, 4";

    /// <summary>Pledges that ran before movements were kept count from the day that they were made.</summary>
    public void Prepare(SqliteConnection connection)
    {
        foreach (var pledge in PledgeStore.ListUncounted(connection))
        {
            var day = calendar.DayOf(pledge.CreateTimeUs);
            var monthly = Movement.MonthlyMinor(pledge with { State = State.Active });
            Movements.Add(connection, pledge, new(MrrMovementKind.New, monthly, 1), pledge.CreateTimeUs, day);
            if (pledge.State == State.Paused)
                Movements.Add(connection, pledge, new(MrrMovementKind.Paused, -monthly, -1), pledge.UpdateTimeUs, calendar.DayOf(pledge.UpdateTimeUs));
        }
    }
}

/// <summary>The same by month: what spans months reads whole months here.</summary>
internal sealed class MrrMonths : IRollUp
{
    /// <summary>Sums of an interval of days; see <see cref="MonthSums"/>.</summary>
    public static readonly string Between = MonthSums.Between("mrr_months", "move_month", "mrr_days", "move_date", "currency, campaign_id, kind, movement_count, amount_minor");

    public string Table => "mrr_months";

    public string Source => "SELECT move_date / 100, currency, campaign_id, kind, count(*), sum(amount_minor) FROM pledge_movements GROUP BY 1, 2, 3, 4";
}

/// <summary>Roll-up of the movements by the month that pledges began to count in.</summary>
internal sealed class CohortMonths : IRollUp
{
    public string Table => "cohort_months";

    public string Source => "SELECT cohort_month, move_date / 100, currency, sum(pledge_count), sum(amount_minor) FROM pledge_movements GROUP BY 1, 2, 3";
}
