using Donations.Server.Payments;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>
/// Takes the first payment of a pledge. One-time: one intent, created and confirmed in one call. Recurring: customer,
/// subscription, confirm: three calls, three keys. May run again after any crash; the keys make that safe.
/// </summary>
internal sealed class CreatePledgeOperation(Database database, IPaymentGateway gateway, PledgePayments pledgePayments, PledgeBook book) : IStripeOperationHandler
{
    public const string OperationKind = "pledge.create";

    internal sealed record Arguments(string? ConfirmationToken, string? PaymentMethod, string? ReturnUrl)
    {
        public PaymentSource Source => new(ConfirmationToken, PaymentMethod);
    }

    public string Kind => OperationKind;

    public Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = Pledge(operation);
        // Cancelled before anything was sent: nothing is.
        if (pledge.State == V1.Pledge.Types.State.Cancelled)
            return Task.FromResult(new OperationOutcome(_ => { }));
        return pledge.Recurring ? CallRecurringAsync(operation, pledge, cancellationToken) : CallOneTimeAsync(operation, pledge, cancellationToken);
    }

    public async Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = Pledge(operation);
        SubscriptionFacts? subscription = null;
        string? intentId;
        if (pledge.Recurring)
        {
            var id = await gateway.FindSubscriptionOfPledgeAsync(pledge.Name, operation.CreateTimeUs, cancellationToken);
            subscription = id is null ? null : await gateway.GetSubscriptionAsync(id, cancellationToken);
            intentId = subscription?.FirstIntentId;
        }
        else
        {
            intentId = await gateway.FindIntentOfPledgeAsync(pledge.Name, operation.CreateTimeUs, cancellationToken);
        }

        var intent = intentId is null ? null : await gateway.GetIntentAsync(intentId, cancellationToken);
        return intent is null ? Failed(operation, null, null) : new(c => Write(c, operation, subscription, intent));
    }

    private async Task<OperationOutcome> CallOneTimeAsync(StripeOperation operation, PledgeRow pledge, CancellationToken cancellationToken)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        try
        {
            var intent = await gateway.CreateIntentAsync(operation.Key("intent"), pledge.Name, pledge.Amount, arguments.Source, arguments.ReturnUrl, cancellationToken);
            return new(c => Write(c, operation, null, intent), intent.ClientSecret);
        }
        catch (GatewayDeclinedException e)
        {
            // Nothing may charge this pledge later.
            if (e.IntentId is { } id)
                await gateway.CancelIntentAsync(operation.Key("cancel"), id, cancellationToken);
            return Failed(operation, e.IntentId, Refusal.From(e));
        }
        catch (GatewayRefusedException e)
        {
            return Failed(operation, null, Refusal.From(e));
        }
    }

    private async Task<OperationOutcome> CallRecurringAsync(StripeOperation operation, PledgeRow pledge, CancellationToken cancellationToken)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        SubscriptionFacts? subscription = null;
        try
        {
            var customer = await gateway.CreateCustomerAsync(operation.Key("customer"), pledge.Name, cancellationToken);
            subscription = await gateway.CreateSubscriptionAsync(operation.Key("subscription"), pledge.Name, customer, pledge.CampaignId, pledge.Amount, pledge.Interval, cancellationToken);
            var intentId = subscription.FirstIntentId ?? throw new GatewayUnknownException("A subscription without a first payment");
            var intent = arguments.Source.IsNone
                ? await gateway.GetIntentAsync(intentId, cancellationToken)
                : await gateway.ConfirmIntentAsync(operation.Key("confirm"), intentId, arguments.Source, arguments.ReturnUrl, cancellationToken);
            return new(c => Write(c, operation, subscription, intent), intent.ClientSecret);
        }
        catch (Exception e) when (e is GatewayDeclinedException or GatewayRefusedException)
        {
            if (subscription is not null)
                await gateway.CancelAsync(operation.Key("cancel"), subscription.Id, atPeriodEnd: false, feedback: null, cancellationToken);
            return Failed(operation, subscription?.FirstIntentId, Refusal.From(e));
        }
    }

    private PledgeRow Pledge(StripeOperation operation) => database.Read(c => PledgeStore.Find(c, operation.SubjectId))
        ?? throw new InvalidOperationException("An operation without its pledge");

    private void Write(SqliteConnection connection, StripeOperation operation, SubscriptionFacts? subscription, IntentFacts intent)
    {
        var pledge = PledgeStore.Find(connection, operation.SubjectId)!;
        if (subscription is not null)
            pledge = book.Update(connection, pledge, PledgeLifecycle.FromSubscription(pledge, subscription));
        pledgePayments.Apply(connection, pledge, intent);
    }

    private OperationOutcome Failed(StripeOperation operation, string? intentId, Refusal? refusal) => new(
        c =>
        {
            var pledge = PledgeStore.Find(c, operation.SubjectId)!;
            book.Update(c, pledge, PledgeLifecycle.Failed(pledge with { StripePaymentIntentId = pledge.StripePaymentIntentId ?? intentId }, refusal?.Code));
        },
        Refusal: refusal);
}
