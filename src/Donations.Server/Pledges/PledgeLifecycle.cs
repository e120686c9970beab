using Donations.Server.Payments;
using Donations.V1;
using PauseReason = Donations.V1.Pledge.Types.PauseReason;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>
/// How a pledge moves: pure rules, no clock, no I/O. Facts arrive in any order and more than once, so a move that is not an
/// edge of the table (pledge.proto) changes nothing.
/// </summary>
internal static class PledgeLifecycle
{
    private static readonly Dictionary<State, State[]> Edges = new()
    {
        [State.Pending] = [State.RequiresAction, State.Active, State.Paid, State.Failed, State.Expired, State.Cancelled],
        [State.RequiresAction] = [State.Active, State.Paid, State.Failed, State.Expired, State.Cancelled],
        [State.Active] = [State.PastDue, State.Paused, State.Cancelled, State.Lapsed],
        [State.PastDue] = [State.Active, State.Paused, State.Cancelled, State.Lapsed],
        [State.Paused] = [State.Active, State.PastDue, State.Cancelled, State.Lapsed],
        [State.Lapsed] = [State.Active],
        [State.Failed] = [State.Active, State.Paid],
        [State.Expired] = [State.Active, State.Paid],
        [State.Paid] = [],
        [State.Cancelled] = [],
    };

    public static bool Allows(State from, State to) => Edges[from].Contains(to);

    /// <summary>The pledge in its new state, or as it was where there is no such edge.</summary>
    public static PledgeRow Move(PledgeRow pledge, State to) => Allows(pledge.State, to) ? pledge with { State = to } : pledge;

    /// <summary>The first payment is still open.</summary>
    public static bool IsOpen(State state) => state is State.Pending or State.RequiresAction;

    /// <summary>
    /// The first payment came in with this move. It does so once in a pledge's life: no edge leads back from where a pledge stands then to
    /// where it is open, or given up before it began.
    /// </summary>
    public static bool IsFirstGift(State before, State after) => after is State.Active or State.Paid && before is State.Pending or State.RequiresAction or State.Failed or State.Expired;

    /// <summary>Recurring and still charging, or meant to again.</summary>
    public static bool IsRunning(State state) => state is State.Active or State.PastDue or State.Paused;

    /// <summary>What a payment intent says of its pledge. <paramref name="first"/>: it is the first payment's.</summary>
    public static PledgeRow FromIntent(PledgeRow pledge, IntentFacts intent, bool first)
    {
        if (first && pledge.StripePaymentIntentId is null)
            pledge = pledge with { StripePaymentIntentId = intent.Id };
        if (intent.Succeeded)
        {
            // Only the first payment decides here, and only while it was open or given up: a late event about it must not wake a
            // paused pledge. Whether a renewal brings a late pledge back, the subscription says.
            if (first && (IsOpen(pledge.State) || pledge.State is State.Failed or State.Expired))
                pledge = Move(pledge, pledge.Recurring ? State.Active : State.Paid) with { FailureReason = null };
            return pledge;
        }

        if (!first)
            return IsRunning(pledge.State) && LateReason(intent) is { } code ? pledge with { FailureReason = PaymentMapping.PlainFailure(code) } : pledge;
        return intent.Status switch
        {
            "canceled" => Move(pledge, intent.FailureCode is null ? State.Expired : State.Failed),
            // Without a failure it only waits: for the confirm call that comes next, or for the reader's card.
            "requires_payment_method" when pledge.TokenFirst => intent.FailureCode is null ? pledge : Failed(pledge, intent.FailureCode),
            "requires_payment_method" or "requires_action" or "requires_confirmation" => Move(pledge, State.RequiresAction),
            _ => pledge,
        };
    }

    /// <summary>What a subscription says of its pledge. Only a payment makes an open pledge active, so that is not decided here.</summary>
    public static PledgeRow FromSubscription(PledgeRow pledge, SubscriptionFacts facts)
    {
        // A lapsed pledge starts again with a new subscription; what the old one says late does not count.
        if (pledge.StripeSubscriptionId is { } known && known != facts.Id)
            return pledge;
        pledge = Rescheduled(pledge, facts) with
        {
            StripeCustomerId = facts.CustomerId,
            StripeSubscriptionId = facts.Id,
            CancelAtPeriodEnd = facts.CancelAtPeriodEnd,
            ResumeTimeUs = facts.CollectionPaused ? facts.ResumeTimeMicros : null,
            NextPaymentTimeUs = facts.EndTimeMicros is null ? facts.PeriodEndMicros : null,
            StripeScheduleId = facts.ScheduleId,
            StripePaymentMethodId = facts.PaymentMethodId ?? pledge.StripePaymentMethodId,
            CardExpireMonth = facts.Card?.ExpireMonth ?? pledge.CardExpireMonth,
        };
        if (IsOpen(pledge.State))
        {
            return facts.Status is "incomplete_expired" ? Move(pledge, State.Expired) : pledge;
        }

        return facts.Status switch
        {
            "canceled" => Ended(pledge, facts),
            "unpaid" => Move(pledge, State.Lapsed),
            "active" or "trialing" or "past_due" when facts.CollectionPaused => Move(pledge, State.Paused),
            "active" or "trialing" when IsRunning(pledge.State) || pledge.State == State.Lapsed =>
                Move(pledge, State.Active) with { FailureReason = facts.OpenInvoiceId is null ? null : pledge.FailureReason },
            "paused" => Move(pledge, State.Paused),
            "past_due" => Move(pledge, State.PastDue),
            _ => pledge,
        };
    }

    /// <summary>The first payment failed for good.</summary>
    public static PledgeRow Failed(PledgeRow pledge, string? code)
    {
        var moved = Move(pledge, State.Failed);
        return moved.State == State.Failed ? moved with { FailureReason = PaymentMapping.PlainFailure(code) } : moved;
    }

    /// <summary>
    /// What follows from a state alone: since when a pledge is late, why it is paused, and that an ended one plans nothing. Every write
    /// goes through here.
    /// </summary>
    public static PledgeRow Stamp(PledgeRow pledge, long nowMicros)
    {
        if (pledge.State is State.Cancelled or State.Lapsed && pledge.NextInterval != 0)
            pledge = Unplanned(pledge);
        return pledge with
        {
            PastDueTimeUs = pledge.State == State.PastDue ? pledge.PastDueTimeUs ?? nowMicros : null,
            PauseReason = pledge.State != State.Paused ? 0 : pledge.PauseReason == 0 ? PauseReason.Requested : pledge.PauseReason,
        };
    }

    /// <summary>Nothing is agreed for later any more.</summary>
    public static PledgeRow Unplanned(PledgeRow pledge) => pledge with { NextInterval = 0, NextAmountMinor = null, NextFeeCoverMinor = null };

    /// <summary>The planned interval has come: interval and amount are what the subscription says now.</summary>
    private static PledgeRow Rescheduled(PledgeRow pledge, SubscriptionFacts facts)
    {
        if (facts.Interval == PledgeInterval.Unspecified || facts.Interval == pledge.Interval || !pledge.Recurring || facts.Ended)
            return pledge;
        var cover = pledge.NextAmountMinor == facts.Amount.Minor ? pledge.NextFeeCoverMinor ?? 0 : 0;
        return Unplanned(pledge) with { Interval = facts.Interval, AmountMinor = facts.Amount.Minor, FeeCoverMinor = cover };
    }

    /// <summary>Why a later payment is not in; null where it says nothing.</summary>
    private static string? LateReason(IntentFacts intent) => intent.Status switch
    {
        "requires_action" => "authentication_required",
        "requires_payment_method" => intent.FailureCode,
        _ => null,
    };

    private static PledgeRow Ended(PledgeRow pledge, SubscriptionFacts facts)
    {
        if (facts.CancellationReason == "payment_failed")
            return Move(pledge, State.Lapsed);
        var moved = Move(pledge, State.Cancelled);
        return moved.State == State.Cancelled ? moved with { CancelTimeUs = moved.CancelTimeUs ?? facts.EndTimeMicros } : moved;
    }
}
