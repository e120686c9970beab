using System.Text.Json.Serialization;
using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Resources;

internal sealed class Address
{
    public string? City { get; set; }

    public string? Country { get; set; }

    public string? Line1 { get; set; }

    public string? Line2 { get; set; }

    public string? PostalCode { get; set; }

    public string? State { get; set; }
}

internal sealed class BillingDetails
{
    public Address? Address { get; set; }

    public string? Email { get; set; }

    public string? Name { get; set; }

    public string? Phone { get; set; }
}

internal sealed class Shipping
{
    public Address? Address { get; set; }

    public string? Name { get; set; }

    public string? Phone { get; set; }
}

internal sealed class Customer : MetadataEntity
{
    public string? Email { get; set; }

    public string? Name { get; set; }

    public string? Phone { get; set; }

    public string? Description { get; set; }

    public Address? Address { get; set; }

    public Shipping? Shipping { get; set; }

    public string? Currency { get; set; }

    public string? DefaultPaymentMethod { get; set; }

    public List<string>? PreferredLocales { get; set; }

    public string InvoicePrefix { get; set; } = "";

    public int NextInvoiceSequence { get; set; } = 1;

    /// <summary>Minor units: negative is the customer's credit, positive goes onto the next invoice.</summary>
    public long Balance { get; set; }

    public string? TestClock { get; set; }

    public bool Deleted { get; set; }
}

internal sealed class Product : MetadataEntity
{
    public string Name { get; set; } = "";

    public bool Active { get; set; } = true;

    public string? Description { get; set; }

    public string? DefaultPrice { get; set; }

    public string? StatementDescriptor { get; set; }

    public string? UnitLabel { get; set; }

    public string? Url { get; set; }

    public List<string> Images { get; set; } = [];

    public long Updated { get; set; }
}

internal sealed class Price : MetadataEntity
{
    public string Product { get; set; } = "";

    public bool Active { get; set; } = true;

    public string Currency { get; set; } = "";

    public long UnitAmount { get; set; }

    public string? LookupKey { get; set; }

    public string? Nickname { get; set; }

    /// <summary>Null for a one-time price.</summary>
    public string? Interval { get; set; }

    public int IntervalCount { get; set; } = 1;
}

internal sealed class PaymentMethod : MetadataEntity
{
    /// <summary>Number of the test card.</summary>
    public string Card { get; set; } = "";

    public int ExpMonth { get; set; }

    public int ExpYear { get; set; }

    public bool CvcGiven { get; set; }

    public BillingDetails? BillingDetails { get; set; }

    public string? Customer { get; set; }

    public string? AllowRedisplay { get; set; }

    /// <summary>Authenticated for later payments without the holder.</summary>
    public bool SetUp { get; set; }

    /// <summary>Used without a customer, or detached: never usable again.</summary>
    public bool Spent { get; set; }
}

internal sealed class ConfirmationToken : Entity
{
    public PaymentMethod Preview { get; set; } = new();

    public string? ReturnUrl { get; set; }

    public string? SetupFutureUsage { get; set; }

    public Shipping? Shipping { get; set; }

    public string? PaymentIntent { get; set; }

    public string? SetupIntent { get; set; }

    public long ExpiresAt { get; set; }

    [JsonIgnore]
    public bool Used => PaymentIntent is not null || SetupIntent is not null;
}

internal sealed class Charge : MetadataEntity
{
    public long Amount { get; set; }

    public long AmountRefunded { get; set; }

    public string Currency { get; set; } = "";

    public string Status { get; set; } = "succeeded";

    public string? BalanceTransaction { get; set; }

    public BillingDetails? BillingDetails { get; set; }

    public string? Customer { get; set; }

    public string? Description { get; set; }

    public string? FailureCode { get; set; }

    public string? DeclineCode { get; set; }

    public string? FailureMessage { get; set; }

    public bool Blocked { get; set; }

    public string PaymentIntent { get; set; } = "";

    public string PaymentMethod { get; set; } = "";

    public string? ReceiptEmail { get; set; }

    public string? StatementDescriptorSuffix { get; set; }

    public Shipping? Shipping { get; set; }

    public bool Authenticated { get; set; }

    /// <summary>Number and expiry of the card as it was charged.</summary>
    public string Card { get; set; } = "";

    public int ExpMonth { get; set; }

    public int ExpYear { get; set; }

    public bool CvcGiven { get; set; }
}

internal sealed class Refund : MetadataEntity
{
    public long Amount { get; set; }

    public string Currency { get; set; } = "";

    public string Charge { get; set; } = "";

    public string? PaymentIntent { get; set; }

    public string? BalanceTransaction { get; set; }

    public string? FailureBalanceTransaction { get; set; }

    public string? FailureReason { get; set; }

    public string? PendingReason { get; set; }

    public string? Reason { get; set; }

    public string Status { get; set; } = "succeeded";
}

internal sealed class WebhookEndpoint : MetadataEntity
{
    public string Url { get; set; } = "";

    public string Secret { get; set; } = "";

    /// <summary>Signs beside the new one for a while after the secret was rolled.</summary>
    public string? OldSecret { get; set; }

    public long OldSecretExpiresAt { get; set; }

    public string? ApiVersion { get; set; }

    public string? Description { get; set; }

    public List<string> EnabledEvents { get; set; } = [];

    public bool Disabled { get; set; }

    public bool Wants(string type) => !Disabled && (EnabledEvents.Contains("*") || EnabledEvents.Contains(type));
}

internal sealed class TestClock : Entity
{
    public const long Lifetime = 30 * 86400;

    public string? Name { get; set; }

    public long FrozenTime { get; set; }

    /// <summary>Where the clock is on its way to; null when it is ready.</summary>
    public long? Target { get; set; }

    public long DeletesAfter { get; set; }
}
