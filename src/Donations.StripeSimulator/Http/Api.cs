using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;
using Donations.StripeSimulator.Webhooks;

namespace Donations.StripeSimulator.Http;

/// <summary>All endpoints below /v1.</summary>
internal static class Api
{
    public static ApiRouter Router()
    {
        var router = new ApiRouter();
        CustomerEndpoints.Map(router);
        ProductEndpoints.Map(router);
        PriceEndpoints.Map(router);
        PaymentMethodEndpoints.Map(router);
        ConfirmationTokenEndpoints.Map(router);
        PaymentIntentEndpoints.Map(router);
        SetupIntentEndpoints.Map(router);
        SubscriptionEndpoints.Map(router);
        ScheduleEndpoints.Map(router);
        ManualInvoices.Map(router);
        InvoiceEndpoints.Map(router);
        InvoiceItemEndpoints.Map(router);
        LedgerEndpoints.Map(router);
        DisputeEndpoints.Map(router);
        ReviewEndpoints.Map(router);
        CheckoutEndpoints.Map(router);
        CustomerAccess.Map(router);
        WebhookEndpoints.Map(router);
        TestClockEndpoints.Map(router);
        return router;
    }
}
