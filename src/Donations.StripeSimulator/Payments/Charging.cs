using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Payments;

/// <summary>Cards as they are used: taking one from a parameter, attaching it, charging it.</summary>
internal sealed class Charging(World world)
{
    private const int TestCardExpiryYears = 8;

    /// <summary>The payment method a parameter names: a test id makes a new one, as Stripe does.</summary>
    public PaymentMethod Resolve(string id, string param)
    {
        if (TestCards.FindById(id) is { } card)
            return world.Store.Add(Draft(card));
        return world.Store.Find<PaymentMethod>(id) ?? throw StripeError.NoSuch("PaymentMethod", id, param);
    }

    /// <summary>Whether <see cref="Resolve"/> would succeed, for checks that come before anything is made.</summary>
    public void Check(string id, string param)
    {
        if (TestCards.FindById(id) is null && world.Store.Find<PaymentMethod>(id) is null)
            throw StripeError.NoSuch("PaymentMethod", id, param);
    }

    public PaymentMethod Draft(TestCard card) => new()
    {
        Id = world.Ids.Next("pm_"),
        Created = world.Now,
        Card = card.Number,
        ExpMonth = 12,
        ExpYear = DateTimeOffset.FromUnixTimeSeconds(world.Now).Year + TestCardExpiryYears,
        CvcGiven = true,
    };

    /// <summary>Attaches a card to a customer, which declined cards refuse.</summary>
    public void Attach(PaymentMethod method, string customer)
    {
        if (method.Customer == customer)
            return;
        if (method.Customer is not null)
            throw StripeError.State("The payment method you provided has already been attached to a customer.");
        RefuseSpent(method);
        var card = TestCards.Get(method.Card);
        if (!card.Attaches)
            throw Declined(card.Decline!, method);
        method.Customer = customer;
        world.Store.Touch(method);
        world.Events.Emit("payment_method.attached", method);
    }

    public void Detach(PaymentMethod method)
    {
        var before = world.Render.Snapshot(method);
        var customer = world.Store.Find<Customer>(method.Customer);
        method.Customer = null;
        method.Spent = true;
        world.Store.Touch(method);
        world.Events.EmitChange("payment_method.detached", method, before);
        if (customer is null)
            return;
        if (customer.DefaultPaymentMethod == method.Id)
            world.Events.Change("customer.updated", customer, () => customer.DefaultPaymentMethod = null);
        foreach (var subscription in world.Store.SubscriptionsByCustomer[customer.Id].Where(s => s.DefaultPaymentMethod == method.Id && !s.Ended))
            world.Events.Change("customer.subscription.updated", subscription, () => subscription.DefaultPaymentMethod = null);
    }

    public static void RefuseSpent(PaymentMethod method)
    {
        if (!method.Spent)
            return;
        throw StripeError.State(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer " +
            "attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.");
    }

    /// <summary>Charges the card of an intent. The outcome is the charge's.</summary>
    public Charge Charge(PaymentIntent intent, PaymentMethod method, bool authenticated)
    {
        var card = TestCards.Get(method.Card);
        var decline = Outcome(method, intent.Customer);
        var charge = world.Store.Add(new Charge
        {
            Id = world.Ids.Next("ch_"),
            Created = world.NowFor(intent.Customer),
            Amount = intent.Amount,
            Currency = intent.Currency,
            Customer = intent.Customer,
            Description = intent.Description,
            Metadata = intent.Metadata,
            PaymentIntent = intent.Id,
            PaymentMethod = method.Id,
            BillingDetails = method.BillingDetails,
            ReceiptEmail = intent.ReceiptEmail,
            StatementDescriptorSuffix = intent.StatementDescriptorSuffix,
            Shipping = intent.Shipping,
            Card = method.Card,
            ExpMonth = method.ExpMonth,
            ExpYear = method.ExpYear,
            CvcGiven = method.CvcGiven,
            Authenticated = authenticated,
            Status = decline is null ? "succeeded" : "failed",
            FailureCode = decline?.Code,
            DeclineCode = decline?.DeclineCode,
            FailureMessage = decline?.Message,
            Blocked = decline is not null && card.Risk == "highest",
        });
        intent.LatestCharge = charge.Id;
        world.Events.Emit(decline is null ? "charge.succeeded" : "charge.failed", charge);
        if (decline is null)
        {
            world.Schedule(JobKind.SettleCharge, charge.Id, world.Now + (long)world.Options.BalanceTransactionDelay.TotalSeconds);
            world.Disputes.Follow(charge);
            world.Reviews.Follow(charge);
        }
        return charge;
    }

    /// <summary>The decline that charging the card would meet now, or null.</summary>
    public Decline? Outcome(PaymentMethod method, string? customer)
    {
        var decline = TestCards.Get(method.Card).Decline;
        if (decline is { Code: "incorrect_cvc" } && !method.CvcGiven)
            decline = null;
        return decline ?? (HasExpired(method, world.NowFor(customer)) ? TestCards.Expired : null);
    }

    /// <summary>A card is good to the end of its month.</summary>
    private static bool HasExpired(PaymentMethod method, long now)
    {
        var today = DateTimeOffset.FromUnixTimeSeconds(now);
        return (today.Year, today.Month).CompareTo((method.ExpYear, method.ExpMonth)) > 0;
    }

    public static StripeError Declined(Decline decline, PaymentMethod? method) => new(402, "card_error", decline.Message)
    {
        Code = decline.Code,
        DeclineCode = decline.DeclineCode,
        PaymentMethod = method?.Id,
        Executed = true,
    };
}
