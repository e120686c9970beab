using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Campaigns;

/// <summary>
/// What the public may know of how far a goal is reached, so that no two readings tell one person's gift: from 20 gifts up, in steps
/// of at least 20 more, rounded down, never falling. No clock, no I/O.
/// </summary>
internal static class ProgressRules
{
    /// <summary>Fewer gifts tell too much about each; and so do fewer between two readings.</summary>
    public const int MinGifts = 20;

    /// <summary>What to publish next, or null where the last numbers stay.</summary>
    /// <param name="last">What was last published; null: nothing.</param>
    /// <param name="gifts">First payments so far; for a goal in money those in its currency.</param>
    /// <param name="amount">Their sum in the goal's currency; null for a goal in supporters.</param>
    public static (long SupporterCount, MinorAmount? Amount)? Next(StoredProgress? last, long gifts, MinorAmount? amount)
    {
        // Another goal counts other gifts: it begins anew, and only once as many are behind it as were behind the last numbers and 20 more.
        if (gifts < (last?.Counted ?? 0) + MinGifts)
            return null;
        if (last?.Currency != (amount?.Currency ?? ""))
            last = null;
        var count = Math.Max(gifts < 100 ? gifts / 10 * 10 : TwoDigits(gifts), last?.SupporterCount ?? 0);
        if (amount is not { } sum)
            return (count, null);
        return (count, sum with { Minor = Math.Max(TwoDigits(sum.Minor), last?.AmountMinor ?? 0) });
    }

    /// <summary>A published campaign's progress as anybody may see it; null where there is nothing to see.</summary>
    public static CampaignProgress? ToResource(CatalogCampaign campaign)
    {
        if (campaign is not { Resource: { PublishProgress: true, Goal: { } goal }, Progress: { SupporterCount: > 0 } reached })
            return null;
        var progress = new CampaignProgress
        {
            Name = campaign.Resource.Name + "/progress",
            SupporterCount = (int)Math.Min(reached.SupporterCount, int.MaxValue),
            PublishTime = UnixMicros.ToTimestamp(reached.PublishTimeUs),
        };
        if (goal.TargetCase == CampaignGoal.TargetOneofCase.SupporterCount)
        {
            if (reached.Currency.Length > 0)
                return null;
            progress.GoalSupporterCount = goal.SupporterCount;
            progress.ReachedPercent = (int)(reached.SupporterCount * 100 / goal.SupporterCount);
            return progress;
        }

        // The goal's currency may have changed since: the next numbers will be in it.
        if (goal.Amount.CurrencyCode != reached.Currency || !MinorAmount.TryFromWire(goal.Amount, out var wanted, out _))
            return null;
        progress.GoalAmount = goal.Amount;
        progress.Amount = new MinorAmount(reached.AmountMinor, reached.Currency).ToWire();
        progress.ReachedPercent = (int)Math.Min(reached.AmountMinor * 100m / wanted.Minor, int.MaxValue);
        return progress;
    }

    /// <summary>Two leading digits and zeros, rounded down.</summary>
    private static long TwoDigits(long value)
    {
        var power = 1L;
        while (value / power >= 100)
            power *= 10;
        return value / power * power;
    }
}
