using Donations.V1;

namespace Donations.Server.Money;

/// <summary>What a client needs to talk to the payment processor. The Payments room registers a Func of it: the answer may change while the server runs.</summary>
/// <param name="PublishableKey">Key for Stripe's client libraries.</param>
/// <param name="StripeJsUri">Address of the script that defines `Stripe(...)`.</param>
/// <param name="Mode">Which Stripe payments go to.</param>
/// <param name="TokenRequired">CreatePledge needs a confirmation token or payment method; false where intent first is on.</param>
internal sealed record PaymentClientOptions(string PublishableKey, string StripeJsUri, GetPaymentOptionsResponse.Types.StripeMode Mode, bool TokenRequired);
