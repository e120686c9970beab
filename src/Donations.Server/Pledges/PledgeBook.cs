using Donations.Server.Appeals;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>
/// Writes a pledge's move, and what it means for recurring revenue and for the appeal that it answered, in one transaction. Every change of a
/// pledge goes through here.
/// </summary>
internal sealed class PledgeBook(BookCalendar calendar, FeeSchedule fees, TimeProvider time)
{
    /// <summary>Answers with the pledge as it is now. Does nothing where nothing changed.</summary>
    public PledgeRow Update(SqliteConnection connection, PledgeRow before, PledgeRow after)
    {
        if (before == after)
            return before;
        var now = time.NowMicros();
        after = PledgeLifecycle.Stamp(after, now) with { UpdateTimeUs = now, Version = before.Version + 1 };
        PledgeStore.Update(connection, after);
        if (Movement.Of(before, after) is { } movement)
            Movements.Add(connection, after, movement, now, calendar.DayOf(now));
        if (PledgeLifecycle.IsFirstGift(before.State, after.State) && after.AppealId is { } appealId)
        {
            ExperimentCounters.AddConversion(
                connection, (after.CampaignId, appealId, after.Placement, after.ExperimentGroup), after.Amount, after.Interval, GiftValue.Of(after.Amount, after.Interval, fees), ExperimentCounters.DayOf(now));
        }

        return after;
    }
}
