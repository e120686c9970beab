using CsCheck;
using Donations.Server.Donors;
using Donations.Server.Reminders;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Tests.Reminders;

/// <summary>Which of a person's reminders goes out, and what becomes of the others.</summary>
public sealed class ReminderRulesTests
{
    private static readonly long Now = ReminderDates.Micros(new(2027, 2, 10)) + 3600L * 1_000_000;

    [Fact]
    public void One_that_is_alone_goes_out() => Assert.Equal([Verdict.Send], Judge([Once(2, 10)]));

    [Fact]
    public void Of_several_one_offs_the_first_goes_out_and_serves_for_all() => Assert.Equal([Verdict.Send, Verdict.Drop], Judge([Once(2, 9), Once(2, 10)]));

    [Fact]
    public void A_recurring_one_goes_before_a_one_off_whatever_their_days()
    {
        Assert.Equal([Verdict.Drop, Verdict.Send], Judge([Once(2, 9), Every(2, 10)]));
        // Also where it comes later in the same month, and not where it comes in the next.
        Assert.Equal([Verdict.Drop], Judge([Once(2, 9), Every(2, 28)]));
        Assert.Equal([Verdict.Send], Judge([Once(2, 9), Every(3, 1)]));
    }

    [Fact]
    public void Of_two_recurring_ones_the_second_skips_the_month() => Assert.Equal([Verdict.Send, Verdict.Skip], Judge([Every(2, 9), Every(2, 10)]));

    [Fact]
    public void Who_got_a_mail_this_month_gets_no_other()
    {
        Assert.Equal([Verdict.Drop], Judge([Once(2, 9)], isReminded: true));
        Assert.Equal([Verdict.Skip], Judge([Every(2, 9)], isReminded: true));
    }

    [Fact]
    public void Who_has_pledged_since_is_not_reminded()
    {
        var made = Once(2, 9).CreateTimeUs;
        Assert.Equal([Verdict.Drop, Verdict.Drop], Judge([Once(2, 9), Every(2, 10)], lastGift: made + 1));
        Assert.Equal([Verdict.Send], Judge([Once(2, 9)], lastGift: made - 1));
        // One that has served takes nothing from another.
        Assert.Equal([Verdict.Drop, Verdict.Send], Judge([Every(2, 9), Once(2, 10) with { CreateTimeUs = made + 2 }], lastGift: made + 1));
        Assert.Equal([Verdict.Send], Judge([Once(2, 9) with { CreateTimeUs = made + 2 }, Every(2, 28)], lastGift: made + 1));
    }

    [Theory]
    [InlineData(State.Ended, Verdict.Drop)]
    [InlineData(State.Paused, Verdict.Wait)]
    [InlineData(State.Scheduled, Verdict.Wait)]
    [InlineData(State.Active, Verdict.Send)]
    public void A_campaign_must_be_on(State state, object verdict)
    {
        Assert.Equal([(Verdict)verdict], Judge([Once(2, 9)], campaign: state));
        Assert.Equal([(Verdict)verdict], Judge([Every(2, 9)], campaign: state));
    }

    /// <summary>Whatever a person has: at most one mail, every due reminder judged, recurring ones never lost for want of a month, and where something could go out something does.</summary>
    [Fact]
    public void Any_mixture_brings_one_mail_at_most() => Gen.Select(Gen.Select(Gen.Int[0, 5], Gen.Int[-40, 25], Gen.Int[0, 2]).Array[0, 6], Gen.Bool, Gen.Int[-1, 3]).Sample((reminders, isReminded, pledged) =>
    {
        State Campaign(string id) => id switch { "0" => State.Active, "1" => State.Paused, _ => State.Ended };
        var rows = reminders.Select(r => Row(r.Item1 / 2, ReminderDates.Day(Now).AddDays(r.Item2)) with { CampaignId = $"{r.Item3}", CreateTimeUs = r.Item1 }).OrderBy(r => r.RemindTimeUs).ToList();
        var judged = ReminderRules.Judge(rows, Now, isReminded, pledged < 0 ? null : pledged, Campaign);

        Assert.Equal(rows.Where(r => r.DueTimeUs <= Now), judged.Select(j => j.Reminder));
        var open = judged.Where(j => j.Reminder.CampaignId == "0" && !(pledged > j.Reminder.CreateTimeUs)).ToList();
        var rival = rows.Any(r => r is { IsRecurring: true, CampaignId: "0" } && !(pledged > r.CreateTimeUs) && ReminderDates.Day(r.RemindTimeUs) is { Year: 2027, Month: 2 });
        Assert.Equal(!isReminded && (open.Any(o => o.Reminder.IsRecurring) || (open.Count > 0 && !rival)) ? 1 : 0, judged.Count(j => j.Verdict == Verdict.Send));
        Assert.DoesNotContain(open, o => o.Reminder.IsRecurring && o.Verdict is Verdict.Drop or Verdict.Wait);
        Assert.All(judged.Except(open), j => Assert.True(j.Verdict is Verdict.Drop or Verdict.Wait));
    });

    private static Verdict[] Judge(ReminderRow[] waiting, bool isReminded = false, long? lastGift = null, State campaign = State.Active) =>
        [.. ReminderRules.Judge(waiting, Now, isReminded, lastGift, _ => campaign).Select(v => v.Verdict)];

    private static ReminderRow Once(int month, int day) => Row(0, new(2027, month, day));

    private static ReminderRow Every(int month, int day) => Row(1, new(2027, month, day));

    private static ReminderRow Row(int everyMonths, DateOnly day) =>
        new($"{day}", "c", [1], [2], "", "en", everyMonths, (long)ReminderState.Waiting, ReminderDates.Micros(day), ReminderDates.Micros(day), ReminderDates.Micros(new(2026, 11, 24)));
}
