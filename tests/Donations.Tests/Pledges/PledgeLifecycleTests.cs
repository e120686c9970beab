using CsCheck;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Pledges;

/// <summary>The table of states (pledge.proto), and what facts in any order may do to it.</summary>
public sealed class PledgeLifecycleTests
{
    private static readonly State[] States = [.. Enum.GetValues<State>().Where(s => s != State.Unspecified)];

    [Fact]
    public void The_edges_are_those_of_the_contract()
    {
        var edges = from a in States from b in States where PledgeLifecycle.Allows(a, b) select $"{a}>{b}";
        Assert.Equal(
            """
            Pending>RequiresAction Pending>Active Pending>Paid Pending>Cancelled Pending>Failed Pending>Expired
            RequiresAction>Active RequiresAction>Paid RequiresAction>Cancelled RequiresAction>Failed RequiresAction>Expired
            Active>PastDue Active>Paused Active>Cancelled Active>Lapsed
            PastDue>Active PastDue>Paused PastDue>Cancelled PastDue>Lapsed
            Paused>Active Paused>PastDue Paused>Cancelled Paused>Lapsed
            Lapsed>Active
            Failed>Active Failed>Paid
            Expired>Active Expired>Paid
            """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries),
            edges);
    }

    /// <summary>Whatever way a pledge goes through its states: what counts a pledge once needs no memory of its own.</summary>
    [Fact]
    public void The_first_payment_comes_in_once_at_most() => Gen.Int[0, States.Length - 1].Select(i => States[i]).Array[1, 30].Sample(wanted =>
    {
        var (state, first) = (State.Pending, 0);
        foreach (var next in wanted.Where(next => PledgeLifecycle.Allows(state, next)))
        {
            first += PledgeLifecycle.IsFirstGift(state, next) ? 1 : 0;
            state = next;
        }

        Assert.InRange(first, 0, 1);
        // A cancelled one may have begun or not; of all others the state says it.
        if (state != State.Cancelled)
            Assert.Equal(state is State.Paid or State.Active or State.PastDue or State.Paused or State.Lapsed ? 1 : 0, first);
    });

    [Fact]
    public void A_late_failure_never_undoes_a_success() =>
        Gen.Select(Gen.OneOf(new[] { "requires_payment_method", "canceled", "requires_action", "processing" }.Select(v => Gen.Const(v)).ToArray()), Gen.Bool, Gen.Bool).Sample((status, recurring, tokenFirst) =>
        {
            var pledge = Row(recurring, tokenFirst);
            var paid = PledgeLifecycle.FromIntent(pledge, Intent("succeeded"), first: true);
            Assert.Equal(recurring ? State.Active : State.Paid, paid.State);
            Assert.Equal(paid.State, PledgeLifecycle.FromIntent(paid, Intent(status), first: true).State);
        });

    [Fact]
    public void Facts_about_the_first_payment_end_alike_in_any_order_once_it_succeeded() =>
        Gen.OneOf(new[] { "requires_payment_method", "requires_action", "processing", "canceled", "succeeded" }.Select(v => Gen.Const(v)).ToArray()).Array[1, 8].Sample(statuses =>
        {
            var pledge = statuses.Append("succeeded").Aggregate(Row(recurring: true, tokenFirst: true), (p, s) => PledgeLifecycle.FromIntent(p, Intent(s), first: true));
            Assert.Equal(State.Active, pledge.State);
        });

    [Fact]
    public void Only_a_payment_makes_an_open_pledge_active()
    {
        var open = PledgeLifecycle.FromSubscription(Row(true, true), Subscription("active"));
        Assert.Equal(State.Pending, open.State);
        Assert.Equal("sub_1", open.StripeSubscriptionId);
    }

    [Theory]
    [InlineData(State.Active, "past_due", null, false, State.PastDue)]
    [InlineData(State.Active, "active", null, true, State.Paused)]
    [InlineData(State.Paused, "active", null, false, State.Active)]
    [InlineData(State.PastDue, "active", null, false, State.Active)]
    [InlineData(State.PastDue, "canceled", "payment_failed", false, State.Lapsed)]
    [InlineData(State.Active, "canceled", "cancellation_requested", false, State.Cancelled)]
    [InlineData(State.PastDue, "unpaid", null, false, State.Lapsed)]
    [InlineData(State.RequiresAction, "incomplete_expired", null, false, State.Expired)]
    [InlineData(State.Cancelled, "active", null, false, State.Cancelled)]
    [InlineData(State.Failed, "active", null, false, State.Failed)]
    [InlineData(State.Active, "a_status_of_next_year", null, false, State.Active)]
    public void A_subscription_moves_its_pledge(State from, string status, string? why, bool paused, State to) =>
        Assert.Equal(to, PledgeLifecycle.FromSubscription(Row(true, true) with { State = from }, Subscription(status, why, paused)).State);

    [Fact]
    public void A_token_first_pledge_waits_for_its_confirm_call_and_fails_only_with_a_failure()
    {
        Assert.Equal(State.Pending, PledgeLifecycle.FromIntent(Row(true, true), Intent("requires_payment_method"), true).State);
        var failed = PledgeLifecycle.FromIntent(Row(true, true), Intent("requires_payment_method", "insufficient_funds"), true);
        Assert.Equal((State.Failed, "insufficient_funds"), (failed.State, failed.FailureReason));
        Assert.Equal(State.RequiresAction, PledgeLifecycle.FromIntent(Row(true, false), Intent("requires_payment_method", "insufficient_funds"), true).State);
    }

    private static IntentFacts Intent(string status, string? failure = null) => new("pi_1", status, null, new MinorAmount(200, "USD"), null, null, null, null, failure);

    private static SubscriptionFacts Subscription(string status, string? why = null, bool paused = false) =>
        new("sub_1", status, null, "cus_1", "pi_1", null, "si_1", "prod_1", new MinorAmount(200, "USD"), 1, false, why, status == "canceled" ? 2 : null, paused, null);

    private static PledgeRow Row(bool recurring, bool tokenFirst) => new()
    {
        PledgeId = "p",
        DonorId = "d",
        Reference = "P-1",
        CampaignId = "c",
        TierId = "t",
        Fund = "general",
        Interval = recurring ? PledgeInterval.Monthly : PledgeInterval.OneTime,
        Currency = "USD",
        AmountMinor = 200,
        FeeCoverMinor = 0,
        State = State.Pending,
        TokenFirst = tokenFirst,
        ManageCodeHash = [],
        CreateTimeUs = 1,
        UpdateTimeUs = 1,
    };
}
