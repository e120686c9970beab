using System.Text.Json.Serialization;
using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Billing;

internal sealed class CancellationDetails
{
    public string? Comment { get; set; }

    public string? Feedback { get; set; }

    public string? Reason { get; set; }
}

internal sealed class PauseCollection
{
    public string Behavior { get; set; } = "";

    public long? ResumesAt { get; set; }
}

internal sealed class SubscriptionItem
{
    public string Id { get; set; } = "";

    public long Created { get; set; }

    public string Price { get; set; } = "";

    public long Quantity { get; set; } = 1;

    public Dictionary<string, string>? Metadata { get; set; }

    /// <summary>What the current period was last charged for, where the item has changed since without proration.</summary>
    public Billed? Billed { get; set; }
}

/// <summary>A price and a quantity that an invoice asked for; nothing at all with a quantity of zero.</summary>
internal sealed record Billed(string Price, long Quantity);

internal sealed class Subscription : MetadataEntity
{
    public string Customer { get; set; } = "";

    public string Currency { get; set; } = "";

    public string Status { get; set; } = "incomplete";

    public long BillingCycleAnchor { get; set; }

    /// <summary>All items share one interval, hence one period.</summary>
    public long PeriodStart { get; set; }

    public long PeriodEnd { get; set; }

    public List<SubscriptionItem> Items { get; set; } = [];

    public bool CancelAtPeriodEnd { get; set; }

    public long? CancelAt { get; set; }

    public long? CanceledAt { get; set; }

    public long? EndedAt { get; set; }

    public CancellationDetails? CancellationDetails { get; set; }

    public string? DefaultPaymentMethod { get; set; }

    public string? Description { get; set; }

    public string? LatestInvoice { get; set; }

    public string? Schedule { get; set; }

    public PauseCollection? PauseCollection { get; set; }

    public List<string>? PaymentMethodTypes { get; set; }

    public string SaveDefaultPaymentMethod { get; set; } = "off";

    public string BillingMode { get; set; } = "flexible";

    public long? TrialStart { get; set; }

    public long? TrialEnd { get; set; }

    /// <summary>What the end of a trial does where there is no card: create_invoice, cancel or pause.</summary>
    public string TrialEndBehavior { get; set; } = "create_invoice";

    public string? PendingSetupIntent { get; set; }

    [JsonIgnore]
    public bool Ended => Status is "canceled" or "incomplete_expired";
}
