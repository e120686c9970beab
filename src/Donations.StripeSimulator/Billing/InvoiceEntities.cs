using System.Text.Json.Serialization;
using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Billing;

internal sealed class InvoiceLine
{
    public string Id { get; set; } = "";

    public long Amount { get; set; }

    public long Quantity { get; set; }

    public string Description { get; set; } = "";

    /// <summary>Null where an invoice item gave an amount alone.</summary>
    public string? Price { get; set; }

    public string? SubscriptionItem { get; set; }

    /// <summary>The invoice item this line came from.</summary>
    public string? InvoiceItem { get; set; }

    public bool Proration { get; set; }

    public CreditedItems? Credited { get; set; }

    public Dictionary<string, string>? Metadata { get; set; }

    public long PeriodStart { get; set; }

    public long PeriodEnd { get; set; }
}

/// <summary>The lines that charged what a proration gives back.</summary>
internal sealed record CreditedItems(string Invoice, List<string> Lines);

/// <summary>Something to put on a customer's invoice: the caller's, or a change of a subscription in mid-period.</summary>
internal sealed class InvoiceItem : MetadataEntity
{
    public string Customer { get; set; } = "";

    public string Currency { get; set; } = "";

    public long Amount { get; set; }

    public long Quantity { get; set; } = 1;

    public string? Description { get; set; }

    public bool Discountable { get; set; } = true;

    public string? Price { get; set; }

    public string? Subscription { get; set; }

    public string? SubscriptionItem { get; set; }

    public bool Proration { get; set; }

    public CreditedItems? Credited { get; set; }

    public long PeriodStart { get; set; }

    public long PeriodEnd { get; set; }

    /// <summary>Null while it waits for an invoice.</summary>
    public string? Invoice { get; set; }
}

internal sealed class Invoice : MetadataEntity
{
    public string Customer { get; set; } = "";

    public string? CustomerEmail { get; set; }

    public string? CustomerName { get; set; }

    /// <summary>Null for an invoice the caller made.</summary>
    public string? Subscription { get; set; }

    public Dictionary<string, string>? SubscriptionMetadata { get; set; }

    public string BillingReason { get; set; } = "";

    public string Currency { get; set; } = "";

    public string Status { get; set; } = "draft";

    public string? Number { get; set; }

    public long Total { get; set; }

    /// <summary>The customer's balance as the invoice met it, from its finalisation on.</summary>
    public long StartingBalance { get; set; }

    /// <summary>What the customer's balance added to the total; negative where it paid a part.</summary>
    public long BalanceApplied { get; set; }

    public long AmountPaid { get; set; }

    public int AttemptCount { get; set; }

    public bool Attempted { get; set; }

    public bool AutoAdvance { get; set; } = true;

    public string CollectionMethod { get; set; } = "charge_automatically";

    public long? DueDate { get; set; }

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
    public long AmountDue => Total + BalanceApplied;

    [JsonIgnore]
    public long AmountRemaining => Status == "void" ? 0 : AmountDue - AmountPaid;
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
