using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Resources;

internal sealed class IntentError
{
    public string Type { get; set; } = "card_error";

    public string Code { get; set; } = "";

    public string? DeclineCode { get; set; }

    public string? AdviceCode { get; set; }

    public string Message { get; set; } = "";

    public string? Charge { get; set; }

    public string? PaymentMethod { get; set; }
}

internal sealed class AutomaticPaymentMethods
{
    public bool Enabled { get; set; }

    public string AllowRedirects { get; set; } = "always";
}

internal abstract class Intent : MetadataEntity
{
    public string Status { get; set; } = "requires_payment_method";

    public string ClientSecret { get; set; } = "";

    public string? Customer { get; set; }

    public string? Description { get; set; }

    public string? PaymentMethod { get; set; }

    public AutomaticPaymentMethods? AutomaticPaymentMethods { get; set; }

    public List<string>? AllowedPaymentMethodTypes { get; set; }

    public string? CancellationReason { get; set; }

    public IntentError? LastError { get; set; }

    /// <summary>Where the holder returns after a redirect; null while none is under way by redirect.</summary>
    public string? ReturnUrl { get; set; }

    /// <summary>How the next action is to be handled: use_stripe_sdk or redirect_to_url.</summary>
    public string? NextAction { get; set; }
}

internal sealed class PaymentIntent : Intent
{
    public long Amount { get; set; }

    public long AmountReceived { get; set; }

    public string Currency { get; set; } = "";

    public long? CanceledAt { get; set; }

    public string? LatestCharge { get; set; }

    public string? ReceiptEmail { get; set; }

    public string? SetupFutureUsage { get; set; }

    public Shipping? Shipping { get; set; }

    public string? StatementDescriptorSuffix { get; set; }

    public bool OffSession { get; set; }

    /// <summary>The invoice this intent pays. The API does not show it: invoice payments link the two.</summary>
    public string? Invoice { get; set; }
}

internal sealed class SetupIntent : Intent
{
    public string Usage { get; set; } = "off_session";
}
