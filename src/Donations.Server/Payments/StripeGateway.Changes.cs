using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Stripe;

namespace Donations.Server.Payments;

/// <summary>What changes a subscription, its card and its hosted page.</summary>
internal sealed partial class StripeGateway
{
    public Task<SubscriptionFacts> ChangeAmountAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var current = await GetSubscriptionAsync(subscriptionId, cancellationToken);
        // Another interval would bill at once.
        if (current.Interval != interval)
            throw new GatewayRefusedException("interval_changed");
        return ToFacts(await V1.Subscriptions.UpdateAsync(
            subscriptionId,
            new()
            {
                Items = [new() { Id = current.ItemId, PriceData = PriceData(current.ProductId, amount, interval) }],
                ProrationBehavior = "none",
                Expand = SubscriptionExpand,
            },
            Key(key),
            cancellationToken));
    });

    public Task<SubscriptionFacts> PauseAsync(string key, string subscriptionId, long? resumeTimeMicros, CancellationToken cancellationToken)
    {
        var pause = new SubscriptionPauseCollectionOptions { Behavior = "void" };
        if (resumeTimeMicros is { } micros)
            pause.ResumesAt = UnixMicros.ToDateTimeOffset(micros).UtcDateTime;
        return UpdateAsync(key, subscriptionId, new() { PauseCollection = pause, Expand = SubscriptionExpand }, cancellationToken);
    }

    // An explicit null is sent as "unset" (Stripe.net tracks what is set).
    public Task<SubscriptionFacts> ResumeAsync(string key, string subscriptionId, CancellationToken cancellationToken) =>
        UpdateAsync(key, subscriptionId, new() { PauseCollection = null, Expand = SubscriptionExpand }, cancellationToken);

    public async Task<SubscriptionFacts> CancelAsync(string key, string subscriptionId, bool atPeriodEnd, string? feedback, CancellationToken cancellationToken)
    {
        var details = new SubscriptionCancellationDetailsOptions { Feedback = feedback };
        try
        {
            if (atPeriodEnd)
                return await UpdateAsync(key, subscriptionId, new() { CancelAtPeriodEnd = true, CancellationDetails = details, Expand = SubscriptionExpand }, cancellationToken);
            return await CallAsync(async () => ToFacts(await V1.Subscriptions.CancelAsync(
                subscriptionId, new() { CancellationDetails = details, Expand = SubscriptionExpand }, cancellationToken: cancellationToken)));
        }
        catch (GatewayRefusedException)
        {
            // It had ended already: Stripe answers 404 to a second cancel.
            return await GetSubscriptionAsync(subscriptionId, cancellationToken);
        }
    }

    private Task<SubscriptionFacts> UpdateAsync(string key, string subscriptionId, SubscriptionUpdateOptions options, CancellationToken cancellationToken) =>
        CallAsync(async () => ToFacts(await V1.Subscriptions.UpdateAsync(subscriptionId, options, Key(key), cancellationToken)));

    public async Task<SubscriptionFacts> ScheduleIntervalAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken)
    {
        var current = await GetSubscriptionAsync(subscriptionId, cancellationToken);
        await CallAsync(async () =>
        {
            var schedules = V1.SubscriptionSchedules;
            // With the same key the same schedule comes back; one that is there under another key is an older change, and this one replaces its
            // plan. One in its last phase has run its course, and makes room for a new one.
            var schedule = current.ScheduleId is { } known
                ? await schedules.GetAsync(known, cancellationToken: cancellationToken)
                : await schedules.CreateAsync(new() { FromSubscription = subscriptionId }, Key(key + "-schedule"), cancellationToken);
            if (schedule.Phases.Count > 1 && schedule.CurrentPhase?.StartDate == schedule.Phases[^1].StartDate)
            {
                await schedules.ReleaseAsync(schedule.Id, new(), Key($"{key}-release-{schedule.Id}"), cancellationToken);
                schedule = await schedules.CreateAsync(new() { FromSubscription = subscriptionId }, Key($"{key}-after-{schedule.Id}"), cancellationToken);
            }

            var present = schedule.Phases.Find(p => p.StartDate == schedule.CurrentPhase?.StartDate) ?? schedule.Phases[0];
            return await schedules.UpdateAsync(
                schedule.Id,
                new()
                {
                    EndBehavior = "release",
                    ProrationBehavior = "none",
                    Phases =
                    [
                        new() { StartDate = present.StartDate, EndDate = present.EndDate, DefaultPaymentMethod = current.PaymentMethodId, Items = [.. present.Items.Select(i => new SubscriptionSchedulePhaseItemOptions { Price = i.PriceId, Quantity = i.Quantity })] },
                        new()
                        {
                            ProrationBehavior = "none",
                            BillingCycleAnchor = "phase_start",
                            DefaultPaymentMethod = current.PaymentMethodId,
                            Items = [new() { PriceData = new() { Currency = amount.Currency.ToLowerInvariant(), Product = current.ProductId, UnitAmount = amount.Minor, Recurring = new() { Interval = StripeInterval(interval) } }, Quantity = 1 }],
                        },
                    ],
                },
                Key(key + "-phases"),
                cancellationToken);
        });
        return await GetSubscriptionAsync(subscriptionId, cancellationToken);
    }

    public async Task<SubscriptionFacts> ReleaseScheduleAsync(string key, string subscriptionId, CancellationToken cancellationToken)
    {
        var current = await GetSubscriptionAsync(subscriptionId, cancellationToken);
        if (current.ScheduleId is not { } schedule)
            return current;
        try
        {
            await CallAsync(async () => await V1.SubscriptionSchedules.ReleaseAsync(schedule, new(), Key(key), cancellationToken));
        }
        catch (GatewayRefusedException)
        {
            // It was released or had run its course meanwhile.
        }

        return await GetSubscriptionAsync(subscriptionId, cancellationToken);
    }

    public Task<SubscriptionFacts> KeepAsync(string key, string subscriptionId, CancellationToken cancellationToken) =>
        UpdateAsync(key, subscriptionId, new() { CancelAtPeriodEnd = false, Expand = SubscriptionExpand }, cancellationToken);

    public Task<SetupFacts> SetUpAsync(string key, string pledgeName, string customerId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => CallAsync(async () =>
        ToFacts(await V1.SetupIntents.CreateAsync(
            new()
            {
                Customer = customerId,
                Usage = "off_session",
                AllowedPaymentMethodTypes = CardsOnly,
                Confirm = true,
                ConfirmationToken = source.ConfirmationToken,
                PaymentMethod = source.PaymentMethod,
                ReturnUrl = returnUrl,
                Metadata = Metadata(pledgeName, key),
            },
            Key(key),
            cancellationToken)));

    public Task<SetupFacts> GetSetupAsync(string setupIntentId, CancellationToken cancellationToken) => ReadAsync(setupIntentId, async () =>
        ToFacts(await V1.SetupIntents.GetAsync(setupIntentId)), cancellationToken);

    public async Task<SubscriptionFacts> SetPaymentMethodAsync(string key, string subscriptionId, string paymentMethodId, CancellationToken cancellationToken)
    {
        // Stripe takes the subscription's method first and the customer's only where it has none: the customer's is set only where
        // it is the one in use, so that a customer's other subscriptions follow it as before.
        var current = await CallAsync(async () => await V1.Subscriptions.GetAsync(subscriptionId, new() { Expand = ["customer"] }, cancellationToken: cancellationToken));
        if (current is { DefaultPaymentMethodId: null, DefaultSourceId: null } && current.Customer?.InvoiceSettings?.DefaultPaymentMethodId is not null)
        {
            await CallAsync(async () => await V1.Customers.UpdateAsync(
                current.CustomerId, new() { InvoiceSettings = new() { DefaultPaymentMethod = paymentMethodId } }, Key(key), cancellationToken));
            return await GetSubscriptionAsync(subscriptionId, cancellationToken);
        }

        return await UpdateAsync(key, subscriptionId, new() { DefaultPaymentMethod = paymentMethodId, Expand = SubscriptionExpand }, cancellationToken);
    }

    public async Task<IntentFacts> PayInvoiceAsync(string key, string invoiceId, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(async () => await V1.Invoices.PayAsync(invoiceId, new() { OffSession = false }, Key(key), cancellationToken));
        }
        catch (Exception e) when (e is GatewayDeclinedException or GatewayRefusedException)
        {
            // Declined, waiting for 3-D Secure, or paid meanwhile: its payment intent says which.
        }

        var intentId = await CallAsync(async () =>
        {
            var payments = await V1.InvoicePayments.ListAsync(new() { Invoice = invoiceId, Limit = PageLimit }, cancellationToken: cancellationToken);
            return payments.Data.Find(p => p.IsDefault)?.Payment?.PaymentIntentId;
        });
        return await GetIntentAsync(intentId ?? throw new GatewayUnknownException("An invoice without a payment"), cancellationToken);
    }

    public async Task DropInvoiceAsync(string key, SubscriptionFacts subscription, CancellationToken cancellationToken)
    {
        try
        {
            if (subscription.OpenInvoiceId is { } open)
                await CallAsync(async () => await V1.Invoices.VoidInvoiceAsync(open, new(), Key(key), cancellationToken));
            else if (subscription.DraftInvoiceId is { } draft)
                await StopRetriesAsync(key, draft, cancellationToken);
        }
        catch (GatewayRefusedException)
        {
            // It was paid or voided meanwhile.
        }
    }

    public Task StopRetriesAsync(string key, string invoiceId, CancellationToken cancellationToken) => CallAsync(async () =>
        await V1.Invoices.UpdateAsync(invoiceId, new() { AutoAdvance = false }, Key(key), cancellationToken));

    public Task<CheckoutFacts> CreateCheckoutAsync(string key, string pledgeName, string campaignId, MinorAmount amount, PledgeInterval interval, string successUrl, string cancelUrl, string? locale, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var recurring = interval != PledgeInterval.OneTime;
        var product = await EnsureProductAsync(key, campaignId, cancellationToken);
        var options = new Stripe.Checkout.SessionCreateOptions
        {
            Mode = recurring ? "subscription" : "payment",
            LineItems =
            [
                new()
                {
                    Quantity = 1,
                    PriceData = new()
                    {
                        Currency = amount.Currency.ToLowerInvariant(),
                        Product = product,
                        UnitAmount = amount.Minor,
                        Recurring = recurring ? new() { Interval = StripeInterval(interval) } : null,
                    },
                },
            ],
            AllowedPaymentMethodTypes = CardsOnly,
            SuccessUrl = successUrl,
            CancelUrl = cancelUrl,
            Locale = locale is null ? null : CheckoutLocale(locale),
            Metadata = Metadata(pledgeName, key),
        };
        if (recurring)
            options.SubscriptionData = new() { Metadata = Metadata(pledgeName, key) };
        else
        {
            options.SubmitType = "donate";
            options.PaymentIntentData = new() { Metadata = Metadata(pledgeName, key) };
        }

        return ToFacts(await V1.Checkout.Sessions.CreateAsync(options, Key(key), cancellationToken));
    });

    public Task<CheckoutFacts> GetCheckoutAsync(string sessionId, CancellationToken cancellationToken) => ReadAsync(sessionId, async () =>
        ToFacts(await V1.Checkout.Sessions.GetAsync(sessionId)), cancellationToken);

    public async Task<CheckoutFacts> ExpireCheckoutAsync(string key, string sessionId, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(async () => ToFacts(await V1.Checkout.Sessions.ExpireAsync(sessionId, new(), Key(key), cancellationToken)));
        }
        catch (GatewayRefusedException)
        {
            return await GetCheckoutAsync(sessionId, cancellationToken);
        }
    }

    // The languages of Stripe's page that we have texts in; its own guess for others.
    private static string CheckoutLocale(string locale) => locale.Split('-')[0].ToLowerInvariant() is "en" or "ru" ? locale.Split('-')[0].ToLowerInvariant() : "auto";

    private static SetupFacts ToFacts(SetupIntent setup) => new(
        setup.Id, setup.Status, setup.ClientSecret, setup.PaymentMethodId, setup.LastSetupError?.DeclineCode ?? setup.LastSetupError?.Code);

    private static CheckoutFacts ToFacts(Stripe.Checkout.Session session) => new(
        session.Id, session.Status, session.Url, session.Metadata?.GetValueOrDefault(PledgeKey), session.PaymentIntentId, session.SubscriptionId);
}
