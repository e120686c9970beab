using Donations.Server.Payments;
using Donations.StripeSimulator.Faults;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using ExceptionState = Donations.V1.ReconciliationException.Types.State;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>Webhooks that do not come, answers that are lost, servers that stumble.</summary>
public sealed class OutageStories : Story
{
    [Fact]
    public async Task Two_days_without_webhooks_are_caught_up_by_the_events()
    {
        var made = await BusyAsync();
        await SilentAsync(TimeSpan.FromDays(2), made);
        await Scenario.RunChoresAsync();
        await CaughtUpAsync(made);
        Assert.DoesNotContain(await ExceptionsAsync(), e => e.State == ExceptionState.Open);
    }

    [Fact]
    public async Task A_month_of_silence_is_caught_up_by_the_objects_and_every_difference_is_on_record()
    {
        var made = await BusyAsync();
        await SilentAsync(TimeSpan.FromDays(34), made);
        Assert.Single(await Scenario.PaymentsAsync(made[0]));
        await Scenario.RunChoresAsync();
        await CaughtUpAsync(made);
        var exceptions = await ExceptionsAsync();
        Assert.All(exceptions, e => Assert.Contains(e.State, (ExceptionState[])[ExceptionState.Healed, ExceptionState.Resolved]));
        Assert.Contains(exceptions, e => e.Kind == ReconciliationException.Types.Kind.EventsLost);
        Assert.Contains(exceptions, e => e.Kind == ReconciliationException.Types.Kind.BalanceTransaction && e.Detail.StartsWith("refund of -300", StringComparison.Ordinal));
        Assert.Contains(exceptions, e => e.Kind == ReconciliationException.Types.Kind.Pledge && e.Resource == made[1].Pledge.Name);
        var run = (await Operations.ListReconciliationsAsync(new(), Scenario.Server.As("admin"))).Reconciliations[0];
        Assert.Equal((Reconciliation.Types.State.Done, run.DifferenceCount), (run.State, run.HealedCount));
        // Objects with events of the last weeks are left to these; the cancellation before them only the object tells.
        Assert.True(run is { ObjectCount: > 3, DifferenceCount: > 0 });
    }

    [Fact]
    public async Task Reconciliation_finds_nothing_where_nothing_is_missing()
    {
        await BusyAsync();
        await Scenario.LiveAsync(TimeSpan.FromDays(36));
        await ReconcileAsync();
        Assert.Empty(await ExceptionsAsync());
    }

    [Fact]
    public async Task An_object_with_our_metadata_and_no_pledge_is_an_exception()
    {
        await Scenario.Stripe.PaymentIntents.CreateAsync(new()
        {
            Amount = 500,
            Currency = "usd",
            Confirm = true,
            PaymentMethod = "pm_card_visa",
            ReturnUrl = "https://shop.example/",
            Metadata = new() { ["donations_pledge"] = "donors/x/pledges/y" },
        });
        await Scenario.LiveAsync(TimeSpan.FromDays(1));
        await ReconcileAsync();
        var open = Assert.Single(await ExceptionsAsync());
        Assert.Equal((ExceptionState.Open, ReconciliationException.Types.Kind.UnknownPledge), (open.State, open.Kind));
        await ReconcileAsync();
        Assert.Single(await ExceptionsAsync());
    }

    [Theory]
    [InlineData("/v1/payment_intents/*/confirm")]
    [InlineData("/v1/subscriptions")]
    [InlineData("/v1/customers")]
    public async Task An_answer_lost_after_success_charges_once(string path)
    {
        Scenario.Simulator.Faults.Add(new Fault { Kind = FaultKind.LostResponse, Method = "POST", Path = path });
        var made = await PledgedAsync();
        Assert.Equal(State.Active, made.Pledge.State);
        Assert.Single((await Scenario.Stripe.Charges.ListAsync()).Data);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stored_500_is_unknown_until_stripe_s_own_objects_tell(bool effect)
    {
        Scenario.Simulator.Faults.Add(new Fault { Kind = FaultKind.Stored500, Method = "POST", Path = "/v1/payment_intents/*/confirm", Effect = effect });
        var request = await Scenario.RequestAsync();
        var error = await Errors.OfAsync(() => Scenario.Pledges.CreatePledgeAsync(request));
        Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", error.Reason());
        await Scenario.SettleAsync();
        if (effect)
        {
            // The money is in: the events say so, whatever the stored answer is.
            Assert.Equal(State.Active, Assert.Single((await Scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-" }, Scenario.Server.As("support"))).Pledges).State);
        }

        await Scenario.LiveAsync(TimeSpan.FromDays(2), TimeSpan.FromHours(12));
        var pledge = Assert.Single((await Scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-" }, Scenario.Server.As("support"))).Pledges);
        Assert.Equal(effect ? State.Active : pledge.State, pledge.State);
        Assert.Equal(effect ? 1 : 0, (await Scenario.Stripe.Charges.ListAsync()).Data.Count(c => c.Paid));
        if (!effect)
            Assert.Contains(pledge.State, (State[])[State.Failed, State.Expired]);
    }

    [Fact]
    public async Task A_change_that_stays_unknown_does_not_keep_a_donor_from_stopping()
    {
        var made = await PledgedAsync();
        Scenario.Simulator.Faults.Add(new Fault { Kind = FaultKind.Stored500, Method = "POST", Path = "/v1/subscriptions/*" });
        var pause = new PausePledgeRequest { Name = made.Pledge.Name };
        Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => Scenario.Pledges.PausePledgeAsync(pause, Scenario.Donor(made)))).Reason());
        Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => Scenario.Pledges.PausePledgeAsync(pause, Scenario.Donor(made)))).Reason());
        Assert.Equal(State.Cancelled, (await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        Assert.Equal(0, Scenario.Count("SELECT count(*) FROM stripe_operations WHERE state = 1"));
    }

    [Fact]
    public async Task Every_event_again_in_reverse_order_changes_nothing()
    {
        var made = await BusyAsync();
        await Scenario.AdvanceAsync(TimeSpan.FromDays(33));
        var before = await SnapshotAsync(made);
        await Scenario.ReplayAllAsync(reverse: true);
        Assert.Equal(before, await SnapshotAsync(made));
    }

    [Fact]
    public async Task Events_in_any_order_with_duplicates_end_in_one_state()
    {
        const int Orders = 24;
        Scenario.Simulator.Webhooks.DropRate = 1;
        for (var i = 0; i < Orders; i++)
        {
            var made = await PledgedAsync();
            if (i % 3 == 1)
                await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
            if (i % 3 == 2)
                await Scenario.Stripe.Subscriptions.UpdateAsync((await Scenario.SubscriptionAsync(made)).Id, new() { CancelAtPeriodEnd = true });
        }

        // Stripe forgets the first month's events when the second is over.
        var gateway = Scenario.Server.Services.GetRequiredService<IPaymentGateway>();
        Task<IReadOnlyList<StripeEventFacts>> ListAsync() => gateway.ListEventsAsync(0, int.MaxValue, undelivered: false, CancellationToken.None);
        var firstMonth = await ListAsync();
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var events = firstMonth.Concat(await ListAsync()).DistinctBy(e => e.Id).ToList();
        var (inbox, worker) = (Scenario.Server.Services.GetRequiredService<Inbox>(), Scenario.Server.Services.GetRequiredService<InboxWorker>());
        var orders = events.Where(e => e.Projection.CustomerId is not null).GroupBy(e => e.Projection.CustomerId!).ToList();
        Assert.Equal(Orders, orders.Count);
        Assert.All(orders, o => Assert.True(o.Count() >= 6, string.Join(", ", o.Select(e => e.Type))));
        var random = new Random(7);
        foreach (var order in orders)
        {
            // One at a time, each twice, in an order of its own.
            var shuffled = order.Concat(order).ToArray();
            random.Shuffle(shuffled);
            foreach (var item in shuffled)
            {
                await inbox.KeepAsync([item]);
                await inbox.ReplayAsync(item.Id);
                await worker.RunOnceAsync(CancellationToken.None);
            }
        }

        await inbox.KeepAsync(events);
        await Scenario.SettleAsync();
        Assert.Equal(Orders / 3, Scenario.Count("SELECT count(*) FROM pledges WHERE state = 5"));
        Assert.Equal(Orders / 3, Scenario.Count("SELECT count(*) FROM pledges WHERE state = 7"));
        Assert.Equal(Orders / 3, Scenario.Count("SELECT count(*) FROM pledges WHERE state = 3"));
    }

    [Fact]
    public async Task A_poisoned_event_is_listed_counted_and_replayed()
    {
        var made = await PledgedAsync();
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var id = Scenario.Query<string>("SELECT event_id FROM inbox_events WHERE type = 'invoice.paid' LIMIT 1")[0];
        await Scenario.ExecuteAsync($"UPDATE inbox_events SET state = 4, attempts = 12, failure = 'InvalidOperationException' WHERE event_id = '{id}'");
        var listed = await Operations.ListInboxEventsAsync(new() { State = InboxEvent.Types.State.Poisoned }, Scenario.Server.As("admin"));
        Assert.Equal((1, "inboxEvents/" + id, "InvalidOperationException"), (listed.PoisonedCount, listed.InboxEvents.Single().Name, listed.InboxEvents[0].Failure));
        await Operations.ReplayInboxEventAsync(new() { Name = "inboxEvents/" + id }, Scenario.Server.As("admin"));
        await Scenario.SettleAsync();
        Assert.Equal(0, (await Operations.ListInboxEventsAsync(new(), Scenario.Server.As("admin"))).PoisonedCount);
        Assert.Equal(2, (await Scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task The_inbox_pages_without_gaps_newest_first()
    {
        await BusyAsync();
        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = await Operations.ListInboxEventsAsync(new() { PageSize = 7, PageToken = token }, Scenario.Server.As("admin"));
            seen.AddRange(page.InboxEvents.Select(e => e.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal(Scenario.Count("SELECT count(*) FROM inbox_events"), seen.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    private OperationsService.OperationsServiceClient Operations => new(Scenario.Server.Channel);

    private async Task<List<CreatePledgeResponse>> BusyAsync() =>
        [await PledgedAsync(), await PledgedAsync("monthly-10", 10), await PledgedAsync("one-time-10", 10), await PledgedAsync("monthly-10", 10)];

    /// <summary>No webhook comes; meanwhile a pledge is cancelled in the Dashboard, a gift refunded, and renewals run.</summary>
    private async Task SilentAsync(TimeSpan by, List<CreatePledgeResponse> made)
    {
        await Scenario.RunChoresAsync();
        Scenario.Simulator.Webhooks.DropRate = 1;
        Scenario.Pass(TimeSpan.FromHours(1));
        await Scenario.Stripe.Subscriptions.CancelAsync((await Scenario.SubscriptionAsync(made[1])).Id);
        await Scenario.Stripe.Refunds.CreateAsync(new() { PaymentIntent = Scenario.Query<string>("SELECT stripe_payment_intent_id FROM payments WHERE kind = 1")[0], Amount = 300 });
        Scenario.Pass(by);
        await Scenario.SettleAsync();
        Assert.Equal(State.Active, await StateAsync(made[1]));
        Scenario.Simulator.Webhooks.DropRate = 0;
    }

    private async Task CaughtUpAsync(List<CreatePledgeResponse> made)
    {
        Assert.Equal(State.Cancelled, await StateAsync(made[1]));
        Assert.Equal(Scenario.Usd(3), (await Scenario.PaymentsAsync(made[2]))[0].RefundedAmount);
    }

    private async Task ReconcileAsync()
    {
        await Operations.StartReconciliationAsync(new(), Scenario.Server.As("admin"));
        await Scenario.Server.Services.GetRequiredService<Reconciler>().WhenIdleAsync();
    }

    private async Task<IReadOnlyList<ReconciliationException>> ExceptionsAsync() => (await Scenario.Ledger.ListExceptionsAsync(new(), Scenario.Server.As("finance"))).Exceptions;

    private async Task<string> SnapshotAsync(List<CreatePledgeResponse> made)
    {
        var text = new List<string>();
        foreach (var one in made)
            text.Add($"{await Scenario.GetAsync(one)} {string.Join(' ', await Scenario.PaymentsAsync(one))}");
        return string.Join('\n', text) + Scenario.Count("SELECT count(*) FROM journal_lines");
    }
}
