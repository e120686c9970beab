using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Checkout;

internal sealed class SessionLine
{
    public string Id { get; set; } = "";

    public string Price { get; set; } = "";

    public long Quantity { get; set; } = 1;

    public long Amount { get; set; }
}

/// <summary>What a session hands on to the payment, setup or subscription it makes.</summary>
internal sealed class SessionData
{
    public Dictionary<string, string>? Metadata { get; set; }

    public string? Description { get; set; }

    public string? SetupFutureUsage { get; set; }

    public string? StatementDescriptorSuffix { get; set; }

    public string? ReceiptEmail { get; set; }

    public Shipping? Shipping { get; set; }
}

internal sealed class CheckoutSession : MetadataEntity
{
    public string Mode { get; set; } = "";

    public string Status { get; set; } = "open";

    public string PaymentStatus { get; set; } = "unpaid";

    public string? SuccessUrl { get; set; }

    public string? CancelUrl { get; set; }

    public string? Customer { get; set; }

    public string? CustomerEmail { get; set; }

    public string? CustomerCreation { get; set; }

    public string? ClientReferenceId { get; set; }

    public string? SubmitType { get; set; }

    public string? Locale { get; set; }

    public string? Currency { get; set; }

    public List<string>? AllowedPaymentMethodTypes { get; set; }

    public List<SessionLine> Lines { get; set; } = [];

    public long Total { get; set; }

    public long ExpiresAt { get; set; }

    public SessionData Data { get; set; } = new();

    public BillingDetails? CustomerDetails { get; set; }

    /// <summary>The payment or setup intent that completes the session, whatever the mode.</summary>
    public string? Intent { get; set; }

    public string? Subscription { get; set; }

    public string? Invoice { get; set; }
}

internal sealed class PortalSession : Entity
{
    public const string Configuration = "bpc_simulator";

    public string Customer { get; set; } = "";

    public string? ReturnUrl { get; set; }

    public string? Locale { get; set; }

    /// <summary>payment_method_update, subscription_cancel, or null for the portal's homepage.</summary>
    public string? Flow { get; set; }

    public string? Subscription { get; set; }

    /// <summary>Where the holder goes when the flow is done.</summary>
    public string? RedirectUrl { get; set; }

    /// <summary>The setup of a new card that waits for its holder's bank.</summary>
    public string? SetupIntent { get; set; }
}

internal sealed class EphemeralKey : Entity
{
    public const long Lifetime = 3600;

    public string Customer { get; set; } = "";
}
