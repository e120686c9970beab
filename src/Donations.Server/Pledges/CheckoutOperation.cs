using Donations.Server.Payments;
using Donations.Server.Storage;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>Makes the hosted page that takes a pledge's first payment. What the reader does there comes back as events.</summary>
internal sealed class CheckoutOperation(Database database, IPaymentGateway gateway, PledgeBook book) : IStripeOperationHandler
{
    public const string OperationKind = "pledge.checkout";

    internal sealed record Arguments(string SuccessUrl, string CancelUrl);

    public string Kind => OperationKind;

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = database.Read(c => PledgeStore.Find(c, operation.SubjectId), cancellationToken)!;
        if (pledge.State == State.Cancelled)
            return new(_ => { });
        var arguments = operation.ArgumentsAs<Arguments>();
        try
        {
            var session = await gateway.CreateCheckoutAsync(
                operation.Key("checkout"), pledge.Name, pledge.CampaignId, pledge.Amount, pledge.Interval, arguments.SuccessUrl, arguments.CancelUrl, pledge.Locale, cancellationToken);
            return new(
                c =>
                {
                    var before = PledgeStore.Find(c, operation.SubjectId)!;
                    book.Update(c, before, PledgeLifecycle.Move(before, State.RequiresAction) with { StripeCheckoutSessionId = session.Id });
                },
                session.Url);
        }
        catch (GatewayRefusedException e)
        {
            return Ended(operation, State.Failed, Refusal.From(e));
        }
    }

    /// <summary>A page that nobody was sent to: it expires by itself a day after it was made, if it was.</summary>
    public Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken) => Task.FromResult(Ended(operation, State.Expired, null));

    private OperationOutcome Ended(StripeOperation operation, State to, Refusal? refusal) => new(
        c =>
        {
            var before = PledgeStore.Find(c, operation.SubjectId)!;
            book.Update(c, before, to == State.Failed ? PledgeLifecycle.Failed(before, refusal?.Code) : PledgeLifecycle.Move(before, to));
        },
        Refusal: refusal);
}
