using System.Globalization;
using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>An invoice's life: draft, open, collected or retried, paid or void.</summary>
internal sealed class InvoiceFlow(World world)
{
    /// <summary>The invoice that is being collected automatically, as it was before.</summary>
    private (Invoice Invoice, JsonObject Before)? _collecting;

    /// <summary>Opens a draft; nothing to pay means paid.</summary>
    public void Finalize(Invoice invoice)
    {
        if (invoice.Status != "draft")
            throw StripeError.State("This invoice is already finalized, you can't re-finalize a non-draft invoice.", "invoice_not_editable");
        var now = world.NowFor(invoice.Customer);
        var customer = world.Store.Get<Customer>(invoice.Customer);
        var before = world.Render.Snapshot(invoice);
        invoice.Status = "open";
        invoice.FinalizedAt = now;
        invoice.AutomaticallyFinalizesAt = null;
        invoice.Number = $"{customer.InvoicePrefix}-{customer.NextInvoiceSequence.ToString("D4", CultureInfo.InvariantCulture)}";
        customer.NextInvoiceSequence++;
        world.Store.Touch(customer);
        ApplyBalance(invoice, customer);
        if (invoice.AmountDue > 0)
            AddPayment(invoice, now);
        world.Store.Touch(invoice);
        world.Events.EmitChange("invoice.finalized", invoice, before);
        if (invoice.AmountDue == 0)
            Paid(invoice, null);
    }

    /// <summary>Tries to collect an open invoice without its payer. A retry of a card that refused for good is skipped.</summary>
    public void Collect(Invoice invoice)
    {
        if (invoice.Status != "open" || invoice.CollectionMethod == "send_invoice")
            return;
        var before = world.Render.Snapshot(invoice);
        invoice.AttemptCount++;
        invoice.Attempted = true;
        var method = DefaultMethod(invoice);
        if (method is null || method.Id == invoice.HardDeclined)
        {
            AfterFailure(invoice, automatic: true, before);
            return;
        }
        var intent = world.Store.Get<PaymentIntent>(invoice.PaymentIntent!);
        _collecting = (invoice, before);
        try
        {
            world.Intents.Confirm(intent, method, new Confirmation(OffSession: true));
        }
        finally
        {
            _collecting = null;
        }
        if (intent.Status == "requires_action")
            AfterFailure(invoice, automatic: true, before);
    }

    /// <summary>Pays an open invoice on the caller's word, with a given card or the default one.</summary>
    public void Pay(Invoice invoice, PaymentMethod? given, bool offSession)
    {
        if (invoice.Status == "draft")
            Finalize(invoice);
        if (invoice.Status != "open")
            throw StripeError.State($"Invoice is already {invoice.Status}", invoice.Status == "paid" ? "invoice_already_paid" : "invoice_not_editable");
        if ((given ?? DefaultMethod(invoice)) is not { } method)
        {
            throw StripeError.State(
                "There is no `default_payment_method` set on this Customer or Invoice. Please set a `default_payment_method`, or pass `payment_method` to this endpoint.",
                "invoice_payment_intent_requires_action");
        }
        var intent = world.Store.Get<PaymentIntent>(invoice.PaymentIntent!);
        if (!world.Intents.Confirm(intent, method, new Confirmation(offSession)))
            throw IntentFlow.Raise(intent);
        if (intent.Status == "requires_action")
        {
            throw new StripeError(402, "card_error", "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice.")
            {
                Code = "invoice_payment_intent_requires_action",
                PaymentIntent = intent.Id,
                Executed = true,
            };
        }
    }

    /// <summary>Called when the invoice's payment succeeded, whoever confirmed it.</summary>
    public void Paid(Invoice invoice, PaymentIntent? intent)
    {
        var now = world.NowFor(invoice.Customer);
        var before = Collecting(invoice) ?? world.Render.Snapshot(invoice);
        if (intent is not null && PaymentOf(invoice) is { } payment)
        {
            payment.Status = "paid";
            payment.AmountPaid = invoice.AmountDue;
            payment.PaidAt = now;
            world.Store.Touch(payment);
            world.Events.Emit("invoice_payment.paid", payment);
        }
        invoice.Status = "paid";
        invoice.AmountPaid = invoice.AmountDue;
        invoice.PaidAt = now;
        invoice.Attempted = true;
        invoice.AttemptCount = Math.Max(1, invoice.AttemptCount);
        invoice.NextPaymentAttempt = null;
        invoice.AutoAdvance = false;
        world.Store.Touch(invoice);
        world.Events.EmitChange("invoice.updated", invoice, before);
        world.Events.Emit("invoice.paid", invoice);
        world.Events.Emit("invoice.payment_succeeded", invoice);
        if (world.Store.Find<Subscription>(invoice.Subscription) is { } subscription)
            world.Subscriptions.InvoicePaid(subscription, invoice, intent);
    }

    /// <summary>Called when an attempt to pay the invoice failed, whoever made it.</summary>
    public void PaymentFailed(Invoice invoice, IntentError error)
    {
        var before = Collecting(invoice);
        if (IsHard(error))
            invoice.HardDeclined = error.PaymentMethod;
        AfterFailure(invoice, automatic: before is not null, before ?? world.Render.Snapshot(invoice));
    }

    public void Void(Invoice invoice)
    {
        if (invoice.Status is not ("open" or "uncollectible" or "draft"))
            throw StripeError.State($"You can only pass in open or uncollectible invoices. This invoice isn't open: it is {invoice.Status}.", "invoice_not_editable");
        var before = world.Render.Snapshot(invoice);
        invoice.Status = "void";
        invoice.VoidedAt = world.NowFor(invoice.Customer);
        Stop(invoice);
        CancelPayment(invoice);
        // What the balance paid of it is credit again.
        if (invoice.BalanceApplied < 0)
            ChangeBalance(world.Store.Get<Customer>(invoice.Customer), invoice.BalanceApplied);
        world.Events.EmitChange("invoice.voided", invoice, before);
        if (world.Store.Find<Subscription>(invoice.Subscription) is { } subscription)
            world.Subscriptions.InvoiceVoided(subscription, invoice);
    }

    public void MarkUncollectible(Invoice invoice)
    {
        if (invoice.Status != "open")
            throw StripeError.State("This invoice cannot be marked as uncollectible: it is not open.", "invoice_not_editable");
        var before = world.Render.Snapshot(invoice);
        invoice.Status = "uncollectible";
        invoice.UncollectibleAt = world.NowFor(invoice.Customer);
        Stop(invoice);
        world.Events.EmitChange("invoice.marked_uncollectible", invoice, before);
    }

    /// <summary>No more automatic steps.</summary>
    public void Stop(Invoice invoice)
    {
        invoice.AutoAdvance = false;
        invoice.NextPaymentAttempt = null;
        invoice.AutomaticallyFinalizesAt = null;
        world.Store.Touch(invoice);
    }

    public void CancelPayment(Invoice invoice)
    {
        if (PaymentOf(invoice) is not { Status: "open" } payment)
            return;
        payment.Status = "canceled";
        payment.CanceledAt = world.NowFor(invoice.Customer);
        world.Store.Touch(payment);
        world.Intents.Cancel(world.Store.Get<PaymentIntent>(payment.PaymentIntent), "void_invoice");
    }

    /// <summary>The card an automatic attempt would use, in Stripe's order.</summary>
    public PaymentMethod? DefaultMethod(Invoice invoice)
    {
        var id = invoice.DefaultPaymentMethod
            ?? world.Store.Find<Subscription>(invoice.Subscription)?.DefaultPaymentMethod
            ?? world.Store.Get<Customer>(invoice.Customer).DefaultPaymentMethod;
        return world.Store.Find<PaymentMethod>(id) is { Spent: false } method ? method : null;
    }

    private void ApplyBalance(Invoice invoice, Customer customer)
    {
        invoice.StartingBalance = customer.Balance;
        invoice.BalanceApplied = InvoiceDrafts.BalanceFor(invoice.Total, customer.Balance, invoice.Currency);
        ChangeBalance(customer, -invoice.BalanceApplied);
    }

    private void ChangeBalance(Customer customer, long by)
    {
        if (by != 0)
            world.Events.Change("customer.updated", customer, () => customer.Balance += by);
    }

    private JsonObject? Collecting(Invoice invoice) => _collecting is { } collecting && ReferenceEquals(collecting.Invoice, invoice) ? collecting.Before : null;

    private void AfterFailure(Invoice invoice, bool automatic, JsonObject before)
    {
        var now = world.NowFor(invoice.Customer);
        var subscription = world.Store.Find<Subscription>(invoice.Subscription);
        invoice.Attempted = true;
        invoice.AttemptCount = Math.Max(1, invoice.AttemptCount);
        if (automatic && subscription?.Status != "incomplete")
        {
            invoice.FirstFailureAt ??= now;
            invoice.NextPaymentAttempt = invoice.AutoAdvance && invoice.AttemptCount <= world.Options.RetrySchedule.Count
                ? Math.Max(now + 1, invoice.FirstFailureAt.Value + (long)world.Options.RetrySchedule[invoice.AttemptCount - 1].TotalSeconds)
                : null;
            if (invoice.NextPaymentAttempt is { } next)
                world.ScheduleFor(invoice.Customer, JobKind.RetryInvoice, invoice.Id, next);
        }
        world.Store.Touch(invoice);
        world.Events.EmitChange("invoice.updated", invoice, before);
        world.Events.Emit("invoice.payment_failed", invoice);
        if (automatic && subscription is not null)
            world.Subscriptions.InvoiceFailed(subscription, invoice);
    }

    private void AddPayment(Invoice invoice, long now)
    {
        var intent = world.Intents.Add(new PaymentIntent
        {
            Amount = invoice.AmountDue,
            Currency = invoice.Currency,
            Customer = invoice.Customer,
            Description = invoice.Subscription is null ? "Payment for Invoice"
                : invoice.BillingReason == "subscription_create" ? "Subscription creation" : "Subscription update",
            SetupFutureUsage = invoice.Subscription is null ? null : "off_session",
            Invoice = invoice.Id,
        });
        invoice.PaymentIntent = intent.Id;
        world.Store.Add(new InvoicePayment
        {
            Id = world.Ids.Next("inpay_"),
            Created = now,
            Invoice = invoice.Id,
            PaymentIntent = intent.Id,
            AmountRequested = invoice.AmountDue,
            Currency = invoice.Currency,
        });
    }

    private InvoicePayment? PaymentOf(Invoice invoice) => world.Store.InvoicePaymentsByInvoice[invoice.Id] is [.., var payment] ? payment : null;

    private static bool IsHard(IntentError error) =>
        error.DeclineCode is "lost_card" or "stolen_card" or "pickup_card" or "revocation_of_authorization" or "revocation_of_all_authorizations"
            or "authentication_required" or "highest_risk_level" or "fraudulent" or "transaction_not_allowed" || error.Code == "incorrect_number";
}
