using Donations.Server.Payments;
using Donations.Server.Storage;
using Kind = Donations.V1.ReconciliationException.Types.Kind;

namespace Donations.Server.Pledges;

/// <summary>Compares payment intents, subscriptions and issuers' warnings with payments and pledges.</summary>
internal sealed class PledgeReconciliation(Database database, IPaymentGateway gateway, PledgeSync sync, RiskSignals risk) : IReconciliationStage
{
    private const int Batch = 500;

    public int Order => 10;

    public string Name => "payment intents, subscriptions";

    public async Task ReconcileAsync(ReconciliationRun run, CancellationToken cancellationToken)
    {
        await foreach (var page in gateway.ListIntentsAsync(run.SinceMicros, cancellationToken))
        {
            foreach (var intent in page)
                await CompareAsync(run, intent, cancellationToken);
        }

        var alive = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in gateway.ListSubscriptionsAsync(cancellationToken))
        {
            foreach (var facts in page)
            {
                alive.Add(facts.Id);
                await CompareAsync(run, facts, cancellationToken);
            }
        }

        await LookForMissingAsync(run, alive, cancellationToken);
        await foreach (var page in gateway.ListFraudWarningsAsync(run.SinceMicros, cancellationToken))
        {
            foreach (var warning in page)
                await run.CompareAsync(warning.CreateTimeMicros, warning.Id, Kind.FraudWarning, c => PaymentStore.FindByCharge(c, warning.ChargeId), p => PaymentMapping.PaymentPrefix + p.PaymentId, c => risk.Apply(c, warning));
        }
    }

    private async Task CompareAsync(ReconciliationRun run, IntentFacts intent, CancellationToken cancellationToken)
    {
        var pledgeId = await sync.FindPledgeAsync(intent, cancellationToken);
        if (pledgeId is null)
        {
            if (intent.PledgeName is { } name)
                await run.OpenAsync(Kind.UnknownPledge, intent.Id, null, $"metadata names {name}");
            return;
        }

        var time = intent.ChargeTimeMicros ?? 0;
        await run.CompareAsync(time, intent.Id, Kind.Payment, c => PaymentStore.FindByIntent(c, intent.Id), p => PaymentMapping.PaymentPrefix + p.PaymentId, c => sync.Apply(c, pledgeId, intent));
    }

    private async Task CompareAsync(ReconciliationRun run, SubscriptionFacts facts, CancellationToken cancellationToken)
    {
        var pledge = database.Read(c => PledgeStore.FindBySubscription(c, facts.Id) ?? PledgeSync.FindByName(c, facts.PledgeName), cancellationToken);
        if (pledge is null)
        {
            if (facts.PledgeName is { } name)
                await run.OpenAsync(Kind.UnknownPledge, facts.Id, null, $"metadata names {name}");
            return;
        }

        if (pledge.StripeSubscriptionId is { } current && current != facts.Id)
        {
            await run.OpenAsync(Kind.Pledge, facts.Id, pledge.Name, "a second subscription that can charge names this pledge");
            return;
        }

        // The listing is minutes old by now, and the donor may have changed it meanwhile.
        if (PledgeLifecycle.Stamp(PledgeLifecycle.FromSubscription(pledge, facts), pledge.UpdateTimeUs) != pledge)
            facts = await gateway.GetSubscriptionAsync(facts.Id, cancellationToken);
        await run.CompareAsync(0, facts.Id, Kind.Pledge, c => PledgeStore.Find(c, pledge.PledgeId), p => p.Name, c => sync.Apply(c, pledge.PledgeId, facts));
    }

    /// <summary>Pledges that run here and are not among the subscriptions that live there: ended there, or unknown.</summary>
    private async Task LookForMissingAsync(ReconciliationRun run, HashSet<string> alive, CancellationToken cancellationToken)
    {
        var after = "";
        while (true)
        {
            var batch = database.Read(c => PledgeStore.ListRunning(c, after, Batch), cancellationToken);
            foreach (var pledge in batch.Where(p => !alive.Contains(p.StripeSubscriptionId!)))
            {
                try
                {
                    var facts = await gateway.GetSubscriptionAsync(pledge.StripeSubscriptionId!, cancellationToken);
                    await run.CompareAsync(0, facts.Id, Kind.Pledge, c => PledgeStore.Find(c, pledge.PledgeId), p => p.Name, c => sync.Apply(c, pledge.PledgeId, facts));
                }
                catch (GatewayRefusedException)
                {
                    await run.OpenAsync(Kind.MissingAtStripe, pledge.StripeSubscriptionId!, pledge.Name, "Stripe does not know the subscription");
                }
            }

            if (batch.Count < Batch)
                return;
            after = batch[^1].PledgeId;
        }
    }
}
