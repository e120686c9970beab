using Donations.Server.Payments;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>
/// Another card for a pledge: set up (with 3-D Secure if its bank wants that), set where the old one was, and what is overdue tried
/// with it. A subscription that has ended starts again as a new one of the same customer.
/// </summary>
internal sealed class PaymentMethodOperation(Database database, IPaymentGateway gateway, PledgePayments pledgePayments, PledgeBook book, PledgeLetters letters) : IStripeOperationHandler
{
    public const string OperationKind = "pledge.payment_method";

    /// <summary>A new card, or one that was set up already and has been confirmed by its holder since.</summary>
    internal sealed record Arguments(string? ConfirmationToken, string? PaymentMethod, string? ReturnUrl, string? SetupIntentId)
    {
        public PaymentSource Source => new(ConfirmationToken, PaymentMethod);
    }

    public string Kind => OperationKind;

    /// <summary>Takes a card whose setup its holder has confirmed; the same however often it is asked for.</summary>
    public static StripeOperation Adopt(string pledgeId, string setupIntentId, long nowMicros) =>
        StripeOperation.Create($"{pledgeId}-{setupIntentId}", OperationKind, pledgeId, new Arguments(null, null, null, setupIntentId), nowMicros);

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = Pledge(operation);
        var arguments = operation.ArgumentsAs<Arguments>();
        try
        {
            var setup = arguments.SetupIntentId is { } known
                ? await gateway.GetSetupAsync(known, cancellationToken)
                : await gateway.SetUpAsync(operation.Key("setup"), pledge.Name, pledge.StripeCustomerId!, arguments.Source, arguments.ReturnUrl, cancellationToken);
            if (setup.NeedsAction)
                return new(c => NoteSetup(c, operation, setup.Id), setup.ClientSecret);
            return setup is { Succeeded: true, PaymentMethodId: { } method }
                ? await AdoptAsync(operation, pledge, method, cancellationToken)
                : new(c => NoteSetup(c, operation, null), Refusal: new(true, setup.FailureCode ?? "declined"));
        }
        catch (Exception e) when (e is GatewayDeclinedException or GatewayRefusedException)
        {
            return new(c => NoteSetup(c, operation, null), Refusal: Refusal.From(e));
        }
    }

    /// <summary>The keys are too old: a card that was not taken by now is not taken; the donor can send it again.</summary>
    public async Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = Pledge(operation);
        var id = await gateway.FindSubscriptionOfPledgeAsync(pledge.Name, operation.CreateTimeUs, cancellationToken) ?? pledge.StripeSubscriptionId!;
        var subscription = await gateway.GetSubscriptionAsync(id, cancellationToken);
        return new(c => Write(c, operation, subscription, null));
    }

    private async Task<OperationOutcome> AdoptAsync(StripeOperation operation, PledgeRow pledge, string method, CancellationToken cancellationToken)
    {
        var subscription = await gateway.GetSubscriptionAsync(pledge.StripeSubscriptionId!, cancellationToken);
        if (subscription.Ended)
            return await RestartAsync(operation, pledge, method, cancellationToken);
        subscription = await gateway.SetPaymentMethodAsync(operation.Key("set"), subscription.Id, method, cancellationToken);
        // A planned phase names the card that it will charge.
        if (pledge is { NextInterval: not 0, NextAmountMinor: { } next } && subscription.ScheduleId is not null)
            subscription = await gateway.ScheduleIntervalAsync(operation.Key("plan"), subscription.Id, new(next, pledge.Currency), pledge.NextInterval, cancellationToken);
        if (subscription is not { OpenInvoiceId: { } invoice, CollectionPaused: false })
            return new(c => Write(c, operation, subscription, null));
        var intent = await gateway.PayInvoiceAsync(operation.Key("pay"), invoice, cancellationToken);
        subscription = await gateway.GetSubscriptionAsync(subscription.Id, cancellationToken);
        return Outcome(operation, subscription, intent);
    }

    private async Task<OperationOutcome> RestartAsync(StripeOperation operation, PledgeRow pledge, string method, CancellationToken cancellationToken)
    {
        var subscription = await gateway.RestartSubscriptionAsync(
            operation.Key("restart"), pledge.Name, pledge.StripeCustomerId!, pledge.CampaignId, method, pledge.Amount, pledge.Interval, cancellationToken);
        var intent = await gateway.GetIntentAsync(subscription.FirstIntentId ?? throw new GatewayUnknownException("A subscription without a first payment"), cancellationToken);
        if (!intent.Succeeded && !intent.NeedsAction)
        {
            await gateway.CancelAsync(operation.Key("undo"), subscription.Id, atPeriodEnd: false, feedback: null, cancellationToken);
            return new(c => NoteSetup(c, operation, null), Refusal: new(true, intent.FailureCode ?? "declined"));
        }

        return Outcome(operation, subscription, intent);
    }

    private OperationOutcome Outcome(StripeOperation operation, SubscriptionFacts subscription, IntentFacts intent) => new(
        c => Write(c, operation, subscription, intent),
        intent.NeedsAction ? intent.ClientSecret : null,
        intent.Succeeded || intent.NeedsAction ? null : new(true, intent.FailureCode ?? "declined"));

    private void Write(SqliteConnection connection, StripeOperation operation, SubscriptionFacts subscription, IntentFacts? intent)
    {
        var before = PledgeStore.Find(connection, operation.SubjectId)!;
        var after = PledgeLifecycle.FromSubscription(before with { StripeSubscriptionId = subscription.Id, StripeSetupIntentId = null }, subscription);
        book.Update(connection, before, after);
        letters.Moved(connection, before, after);
        if (intent is not null)
            pledgePayments.Apply(connection, PledgeStore.Find(connection, operation.SubjectId)!, intent);
    }

    private void NoteSetup(SqliteConnection connection, StripeOperation operation, string? setupIntentId)
    {
        var before = PledgeStore.Find(connection, operation.SubjectId)!;
        book.Update(connection, before, before with { StripeSetupIntentId = setupIntentId });
    }

    private PledgeRow Pledge(StripeOperation operation) => database.Read(c => PledgeStore.Find(c, operation.SubjectId))
        ?? throw new InvalidOperationException("An operation without its pledge");
}
