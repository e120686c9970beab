using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Billing;

internal sealed class PhaseItem
{
    public string Price { get; set; } = "";

    public long Quantity { get; set; } = 1;

    public Dictionary<string, string>? Metadata { get; set; }
}

/// <summary>What a subscription is from one date to another.</summary>
internal sealed class SchedulePhase
{
    public long StartDate { get; set; }

    public long EndDate { get; set; }

    public List<PhaseItem> Items { get; set; } = [];

    public Dictionary<string, string>? Metadata { get; set; }

    public string ProrationBehavior { get; set; } = "create_prorations";

    public string? BillingCycleAnchor { get; set; }

    public string? DefaultPaymentMethod { get; set; }
}

internal sealed class SubscriptionSchedule : MetadataEntity
{
    public string Customer { get; set; } = "";

    public string? Subscription { get; set; }

    public string? ReleasedSubscription { get; set; }

    public string Status { get; set; } = "active";

    public string EndBehavior { get; set; } = "release";

    public List<SchedulePhase> Phases { get; set; } = [];

    /// <summary>Index of the phase that is under way.</summary>
    public int Current { get; set; }

    public long? CanceledAt { get; set; }

    public long? CompletedAt { get; set; }

    public long? ReleasedAt { get; set; }
}
