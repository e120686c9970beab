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
}

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

    [JsonIgnore]
    public bool Ended => Status is "canceled" or "incomplete_expired";
}

internal sealed class InvoiceLine
{
    public string Id { get; set; } = "";

    public long Amount { get; set; }

    public long Quantity { get; set; }

    public string Description { get; set; } = "";

    public string Price { get; set; } = "";

    public string SubscriptionItem { get; set; } = "";

    public long PeriodStart { get; set; }

    public long PeriodEnd { get; set; }
}

internal sealed class Invoice : MetadataEntity
{
    public string Customer { get; set; } = "";

    public string? CustomerEmail { get; set; }

    public string? CustomerName { get; set; }

    public string Subscription { get; set; } = "";

    public Dictionary<string, string>? SubscriptionMetadata { get; set; }

    public string BillingReason { get; set; } = "";

    public string Currency { get; set; } = "";

    public string Status { get; set; } = "draft";

    public string? Number { get; set; }

    public long Total { get; set; }

    public long AmountPaid { get; set; }

    public int AttemptCount { get; set; }

    public bool Attempted { get; set; }

    public bool AutoAdvance { get; set; } = true;

    public long? AutomaticallyFinalizesAt { get; set; }

    public long? NextPaymentAttempt { get; set; }

    public string? DefaultPaymentMethod { get; set; }

    public string? Description { get; set; }

    public long PeriodStart { get; set; }

    public long PeriodEnd { get; set; }

    public long? FinalizedAt { get; set; }

    public long? PaidAt { get; set; }

    public long? VoidedAt { get; set; }

    public long? UncollectibleAt { get; set; }

    /// <summary>When the first automatic attempt failed; the retry schedule counts from here.</summary>
    public long? FirstFailureAt { get; set; }

    /// <summary>The card a hard decline came from: it is not tried again by itself.</summary>
    public string? HardDeclined { get; set; }

    public string? PaymentIntent { get; set; }

    public List<InvoiceLine> Lines { get; set; } = [];

    [JsonIgnore]
    public long AmountRemaining => Status == "void" ? 0 : Total - AmountPaid;
}

internal sealed class InvoicePayment : Entity
{
    public string Invoice { get; set; } = "";

    public string PaymentIntent { get; set; } = "";

    public long AmountRequested { get; set; }

    public long? AmountPaid { get; set; }

    public string Currency { get; set; } = "";

    public string Status { get; set; } = "open";

    public long? PaidAt { get; set; }

    public long? CanceledAt { get; set; }
}
