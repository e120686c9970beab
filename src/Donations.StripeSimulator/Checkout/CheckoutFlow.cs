using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Checkout;

/// <summary>What happens when the hosted page is sent off, and how a session ends.</summary>
internal sealed class CheckoutFlow(World world)
{
    public string PageOf(CheckoutSession session) => $"{world.BaseAddress}_simulator/checkout/{session.Id}";

    /// <summary>Where the payer goes after success.</summary>
    public static string SuccessUrl(CheckoutSession session) =>
        (session.SuccessUrl ?? "").Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal);

    /// <summary>Pays with the card of the page's form. Answers where to go, or raises what the card met.</summary>
    public string Submit(CheckoutSession session, PaymentMethod method)
    {
        if (session.Status != "open")
            throw StripeError.State($"This Checkout session is {session.Status}.");
        session.CustomerDetails = method.BillingDetails;
        EnsureCustomer(session, method);
        if (world.Store.Find(method.Id) is null)
            world.Store.Add(method);
        var how = new Confirmation(ReturnUrl: PageOf(session), Redirect: true);
        var intent = session.Mode switch
        {
            "setup" => (Intent)Setup(session),
            "subscription" => Subscribe(session),
            _ => Payment(session),
        };
        session.Intent = intent.Id;
        world.Store.Touch(session);
        var confirmed = intent is PaymentIntent payment ? world.Intents.Confirm(payment, method, how) : world.Intents.Confirm((SetupIntent)intent, method, how);
        if (!confirmed)
            throw IntentFlow.Raise(intent);
        return intent.Status == "requires_action"
            ? $"{world.BaseAddress}_simulator/3ds/{intent.Id}?client_secret={intent.ClientSecret}&return_url={Uri.EscapeDataString(PageOf(session))}"
            : SuccessUrl(session);
    }

    /// <summary>An intent succeeded, wherever it was confirmed; the session it belongs to is complete.</summary>
    public void Succeeded(Intent intent)
    {
        if (world.Store.CheckoutSessionsByIntent[intent.Id].FirstOrDefault(s => s.Status == "open") is not { } session)
            return;
        session.Status = "complete";
        session.PaymentStatus = session.Mode == "setup" ? "no_payment_required" : "paid";
        session.Invoice = (intent as PaymentIntent)?.Invoice;
        world.Store.Touch(session);
        world.Events.Emit("checkout.session.completed", session);
    }

    public void Expire(CheckoutSession session)
    {
        session.Status = "expired";
        world.Store.Touch(session);
        if (session.Mode == "subscription")
        {
            if (world.Store.Find<Subscription>(session.Subscription) is { } subscription)
                world.Subscriptions.Cancel(subscription, reason: null);
        }
        else if (world.Store.Find<Intent>(session.Intent) is PaymentIntent payment)
        {
            world.Intents.Cancel(payment, "abandoned");
        }
        else if (world.Store.Find<Intent>(session.Intent) is SetupIntent setup)
        {
            world.Intents.Cancel(setup, "abandoned");
        }
        world.Events.Emit("checkout.session.expired", session);
    }

    /// <summary>Subscriptions need a customer; other sessions make one if they were asked to.</summary>
    private void EnsureCustomer(CheckoutSession session, PaymentMethod method)
    {
        if (session.Customer is not null || (session.Mode == "payment" && session.CustomerCreation != "always" && session.Data.SetupFutureUsage is null))
            return;
        var customer = new Customer
        {
            Id = world.Ids.Next("cus_", 14),
            Created = world.Now,
            Email = method.BillingDetails?.Email ?? session.CustomerEmail,
            Name = method.BillingDetails?.Name,
        };
        customer.InvoicePrefix = world.Ids.Stable(customer.Id, 8).ToUpperInvariant();
        world.Store.Add(customer);
        world.Events.Emit("customer.created", customer);
        session.Customer = customer.Id;
    }

    private PaymentIntent Payment(CheckoutSession session) => world.Store.Find<PaymentIntent>(session.Intent) ?? world.Intents.Add(new PaymentIntent
    {
        Amount = session.Total,
        Currency = session.Currency!,
        Customer = session.Customer,
        Metadata = session.Data.Metadata,
        Description = session.Data.Description,
        SetupFutureUsage = session.Data.SetupFutureUsage,
        StatementDescriptorSuffix = session.Data.StatementDescriptorSuffix,
        ReceiptEmail = session.Data.ReceiptEmail,
        Shipping = session.Data.Shipping,
    });

    private SetupIntent Setup(CheckoutSession session) => world.Store.Find<SetupIntent>(session.Intent) ?? world.Intents.Add(new SetupIntent
    {
        Customer = session.Customer,
        Metadata = session.Data.Metadata,
        Description = session.Data.Description,
    });

    /// <summary>The subscription comes with the first attempt to pay, and its first invoice's intent is what is confirmed.</summary>
    private PaymentIntent Subscribe(CheckoutSession session)
    {
        if (world.Store.Find<PaymentIntent>(session.Intent) is { Status: not "canceled" } open)
            return open;
        var subscription = new Subscription
        {
            Id = world.Ids.Next("sub_"),
            Customer = session.Customer!,
            Currency = session.Currency!,
            Metadata = session.Data.Metadata,
            Description = session.Data.Description,
            SaveDefaultPaymentMethod = "on_subscription",
            Items = session.Lines.ConvertAll(line => new SubscriptionItem
            {
                Id = world.Ids.Next("si_", 14),
                Created = world.NowFor(session.Customer),
                Price = line.Price,
                Quantity = line.Quantity,
            }),
        };
        world.Subscriptions.Create(subscription, "default_incomplete", offSession: false);
        session.Subscription = subscription.Id;
        var invoice = world.Store.Get<Invoice>(subscription.LatestInvoice!);
        return world.Store.Get<PaymentIntent>(invoice.PaymentIntent!);
    }
}
