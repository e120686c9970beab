using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Payments;

/// <summary>How an intent is confirmed.</summary>
/// <param name="OffSession">The holder is not there.</param>
/// <param name="DeclineChallenge">Where authentication is wanted, fail instead of asking for it.</param>
/// <param name="ReturnUrl">Where the holder goes after authenticating.</param>
/// <param name="Redirect">The challenge is a redirect, not something for Stripe.js.</param>
internal sealed record Confirmation(bool OffSession = false, bool DeclineChallenge = false, string? ReturnUrl = null, bool Redirect = false);

/// <summary>What confirming, authenticating and cancelling do to payment and setup intents.</summary>
internal sealed class IntentFlow(World world)
{
    private const string AuthenticationFailed =
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.";

    public PaymentIntent Add(PaymentIntent intent)
    {
        intent.Id = world.Ids.Next("pi_");
        intent.ClientSecret = world.Ids.Next(intent.Id + "_secret_", 25);
        intent.Created = world.NowFor(intent.Customer);
        world.Store.Add(intent);
        world.Events.Emit("payment_intent.created", intent);
        return intent;
    }

    public SetupIntent Add(SetupIntent intent)
    {
        intent.Id = world.Ids.Next("seti_");
        intent.ClientSecret = world.Ids.Next(intent.Id + "_secret_", 25);
        intent.Created = world.NowFor(intent.Customer);
        world.Store.Add(intent);
        world.Events.Emit("setup_intent.created", intent);
        return intent;
    }

    /// <summary>The error an intent's confirmation ended in, as the API raises it.</summary>
    public static StripeError Raise(Intent intent) => new(intent.LastError!.Type == "card_error" ? 402 : 400, intent.LastError.Type, intent.LastError.Message)
    {
        Code = intent.LastError.Code,
        DeclineCode = intent.LastError.DeclineCode,
        Charge = intent.LastError.Charge,
        PaymentIntent = intent is PaymentIntent ? intent.Id : null,
        SetupIntent = intent is SetupIntent ? intent.Id : null,
        PaymentMethod = intent.LastError.PaymentMethod,
        Executed = true,
    };

    /// <summary>Turns a confirmation token into the payment method it stands for; it works once.</summary>
    public PaymentMethod Redeem(ConfirmationToken token, Intent intent)
    {
        if (token.Preview.Customer is { } owner && owner != intent.Customer)
            throw StripeError.State("The ConfirmationToken's customer does not match the intent's customer.", param: "confirmation_token");
        if (intent is PaymentIntent payment)
        {
            token.PaymentIntent = intent.Id;
            payment.SetupFutureUsage = token.SetupFutureUsage ?? payment.SetupFutureUsage;
            payment.Shipping = token.Shipping ?? payment.Shipping;
        }
        else
        {
            token.SetupIntent = intent.Id;
        }
        world.Store.Touch(token);
        if (world.Store.Find<PaymentMethod>(token.Preview.Id) is { } existing)
            return existing;
        var preview = token.Preview;
        return world.Store.Add(new PaymentMethod
        {
            Id = world.Ids.Next("pm_"),
            Created = world.Now,
            Card = preview.Card,
            ExpMonth = preview.ExpMonth,
            ExpYear = preview.ExpYear,
            CvcGiven = preview.CvcGiven,
            BillingDetails = preview.BillingDetails,
            AllowRedisplay = preview.AllowRedisplay,
        });
    }

    /// <summary>Whether a token can still be redeemed.</summary>
    public void Check(ConfirmationToken token)
    {
        if (token.Used)
            throw StripeError.Invalid($"The provided ConfirmationToken {token.Id} has already been used to confirm an intent. Create a new one.", "confirmation_token", "confirmation_token_already_used");
        if (token.ExpiresAt <= world.Now)
            throw StripeError.Invalid($"The provided ConfirmationToken {token.Id} has expired.", "confirmation_token", "confirmation_token_expired");
    }

    /// <summary>Confirms a payment. False when it failed, with the reason in <see cref="Intent.LastError"/>.</summary>
    public bool Confirm(PaymentIntent intent, PaymentMethod method, Confirmation how)
    {
        RequireOwner(intent, method);
        var card = TestCards.Get(method.Card);
        intent.OffSession = how.OffSession;
        intent.PaymentMethod = method.Id;
        intent.LastError = null;
        ClearAction(intent);
        world.Store.Touch(intent);
        if (!Challenged(card, method, how.OffSession))
            return Complete(intent, method, authenticated: false);
        if (!how.DeclineChallenge)
        {
            AskForAction(intent, how);
            world.Events.Emit("payment_intent.requires_action", intent);
            if (world.Store.Find<Invoice>(intent.Invoice) is { } invoice)
                world.Events.Emit("invoice.payment_action_required", invoice);
            return true;
        }
        Fail(intent, new IntentError
        {
            Code = TestCards.AuthenticationRequired.Code,
            DeclineCode = TestCards.AuthenticationRequired.DeclineCode,
            Message = TestCards.AuthenticationRequired.Message,
            PaymentMethod = method.Id,
        });
        return false;
    }

    public bool Confirm(SetupIntent intent, PaymentMethod method, Confirmation how)
    {
        RequireOwner(intent, method);
        var card = TestCards.Get(method.Card);
        intent.PaymentMethod = method.Id;
        intent.LastError = null;
        ClearAction(intent);
        world.Store.Touch(intent);
        if (!card.Attaches)
        {
            Fail(intent, ErrorOf(card.Decline!, method, null));
            return false;
        }
        if (card.Challenge != Challenge.None)
        {
            AskForAction(intent, how);
            world.Events.Emit("setup_intent.requires_action", intent);
            return true;
        }
        Complete(intent, method);
        return true;
    }

    /// <summary>The holder's answer to the challenge. False when the payment did not succeed.</summary>
    public bool Authenticate(Intent intent, bool success)
    {
        if (intent.Status != "requires_action")
            throw StripeError.State($"This {(intent is PaymentIntent ? "PaymentIntent" : "SetupIntent")} does not wait for an action.", "intent_unexpected_state");
        var method = world.Store.Get<PaymentMethod>(intent.PaymentMethod!);
        var returnUrl = intent.ReturnUrl;
        ClearAction(intent);
        intent.ReturnUrl = returnUrl;
        if (success)
        {
            if (intent is PaymentIntent payment)
                return Complete(payment, method, authenticated: true);
            Complete((SetupIntent)intent, method);
            return true;
        }
        Fail(intent, new IntentError
        {
            Type = "invalid_request_error",
            Code = intent is PaymentIntent ? "payment_intent_authentication_failure" : "setup_intent_authentication_failure",
            Message = AuthenticationFailed,
            PaymentMethod = method.Id,
        });
        return false;
    }

    public void Cancel(PaymentIntent intent, string? reason)
    {
        if (intent.Status is "succeeded" or "canceled" or "processing")
        {
            throw StripeError.State(
                $"You cannot cancel this PaymentIntent because it has a status of {intent.Status}. Only a PaymentIntent with one of the following statuses may be " +
                "canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, processing.", "payment_intent_unexpected_state");
        }
        intent.Status = "canceled";
        intent.CancellationReason = reason;
        intent.CanceledAt = world.NowFor(intent.Customer);
        ClearAction(intent);
        world.Store.Touch(intent);
        world.Events.Emit("payment_intent.canceled", intent);
    }

    public void Cancel(SetupIntent intent, string? reason)
    {
        if (intent.Status is "succeeded" or "canceled")
            throw StripeError.State($"You cannot cancel this SetupIntent because it has a status of {intent.Status}.", "setup_intent_unexpected_state");
        intent.Status = "canceled";
        intent.CancellationReason = reason;
        ClearAction(intent);
        world.Store.Touch(intent);
        world.Events.Emit("setup_intent.canceled", intent);
    }

    private bool Complete(PaymentIntent intent, PaymentMethod method, bool authenticated)
    {
        var decline = world.Charges.Outcome(method, intent.Customer);
        if (decline is null && intent is { Customer: not null, SetupFutureUsage: not null })
        {
            world.Charges.Attach(method, intent.Customer);
            method.SetUp |= authenticated;
        }
        method.Spent = decline is null && method.Customer is null;
        world.Store.Touch(method);
        var charge = world.Charges.Charge(intent, method, authenticated);
        if (decline is not null)
        {
            Fail(intent, ErrorOf(decline, method, charge.Id));
            return false;
        }
        intent.Status = "succeeded";
        intent.AmountReceived = intent.Amount;
        world.Store.Touch(intent);
        world.Events.Emit("payment_intent.succeeded", intent);
        if (world.Store.Find<Invoice>(intent.Invoice) is { } invoice)
            world.Invoices.Paid(invoice, intent);
        world.Checkout.Succeeded(intent);
        return true;
    }

    private void Complete(SetupIntent intent, PaymentMethod method)
    {
        if (intent.Customer is not null)
            world.Charges.Attach(method, intent.Customer);
        method.SetUp = true;
        world.Store.Touch(method);
        intent.Status = "succeeded";
        world.Store.Touch(intent);
        world.Events.Emit("setup_intent.succeeded", intent);
        world.Trials.SetUp(intent);
        world.Checkout.Succeeded(intent);
    }

    private void Fail(Intent intent, IntentError error)
    {
        intent.Status = "requires_payment_method";
        intent.PaymentMethod = null;
        intent.LastError = error;
        world.Store.Touch(intent);
        world.Events.Emit(intent is PaymentIntent ? "payment_intent.payment_failed" : "setup_intent.setup_failed", intent);
        if (intent is PaymentIntent payment && world.Store.Find<Invoice>(payment.Invoice) is { } invoice)
            world.Invoices.PaymentFailed(invoice, error);
    }

    private static void AskForAction(Intent intent, Confirmation how)
    {
        intent.Status = "requires_action";
        intent.ReturnUrl = how.ReturnUrl;
        intent.NextAction = how is { Redirect: true, ReturnUrl: not null } ? "redirect_to_url" : "use_stripe_sdk";
    }

    private static void ClearAction(Intent intent)
    {
        intent.NextAction = null;
        intent.ReturnUrl = null;
    }

    private static bool Challenged(TestCard card, PaymentMethod method, bool offSession) => card.Challenge switch
    {
        Challenge.Always => true,
        Challenge.UnlessSetUp => !offSession || !method.SetUp,
        Challenge.OnSession => !offSession,
        _ => false,
    };

    private static IntentError ErrorOf(Decline decline, PaymentMethod method, string? charge) => new()
    {
        Code = decline.Code,
        DeclineCode = decline.DeclineCode,
        AdviceCode = decline.Advice,
        Message = decline.Message,
        Charge = charge,
        PaymentMethod = method.Id,
    };

    private static void RequireOwner(Intent intent, PaymentMethod method)
    {
        Charging.RefuseSpent(method);
        if (method.Customer is null || method.Customer == intent.Customer)
            return;
        throw StripeError.State(
            intent.Customer is null
                ? "The provided PaymentMethod cannot be used without its customer: the PaymentMethod belongs to a Customer. Please include the Customer in the `customer` parameter on the PaymentIntent."
                : $"The customer does not have a payment method with the ID {method.Id}. The payment method must be attached to the customer.",
            "resource_missing", "payment_method");
    }
}
