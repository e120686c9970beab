using Donations.Server.Payments;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using PaymentKind = Donations.V1.Payment.Types.Kind;
using PaymentState = Donations.V1.Payment.Types.State;

namespace Donations.Server.Pledges;

/// <summary>Writes what a payment intent means: the payment, its settlement in the books, and the pledge's move, in one transaction.</summary>
internal sealed class PledgePayments(PaymentStore payments, PledgeBook book, PledgeLetters letters, Ids ids, TimeProvider time)
{
    /// <summary>Answers with the pledge as it is now.</summary>
    public PledgeRow Apply(SqliteConnection connection, PledgeRow pledge, IntentFacts intent)
    {
        var first = pledge.StripePaymentIntentId is null || pledge.StripePaymentIntentId == intent.Id;
        var after = book.Update(connection, pledge, PledgeLifecycle.FromIntent(pledge, intent, first));
        var state = intent.Succeeded ? PaymentState.Succeeded : !first && LaterFailed(intent) ? PaymentState.Failed : PaymentState.Unspecified;
        if (state != PaymentState.Unspecified && payments.Record(connection, ToPayment(pledge, intent, first, state), intent.BalanceTransaction) && PledgeLetters.Agreed(pledge))
            letters.Told(connection, after, PaymentStore.FindByIntent(connection, intent.Id)!);
        return after;
    }

    /// <summary>A later payment was refused, or its bank wants the donor.</summary>
    private static bool LaterFailed(IntentFacts intent) => intent.Status == "requires_action" || intent is { Status: "requires_payment_method", FailureCode: not null };

    private PaymentRow ToPayment(PledgeRow pledge, IntentFacts intent, bool first, PaymentState state)
    {
        var kind = !pledge.Recurring ? PaymentKind.OneTime : first ? PaymentKind.RecurringFirst : PaymentKind.RecurringSubsequent;
        var now = time.NowMicros();
        // An amount that was changed meanwhile belongs to a later payment; its fee cover does too.
        // The first payment of a planned interval may be told before the subscription's change is.
        var planned = !first && pledge.NextInterval != 0 && intent.Amount.Minor == pledge.NextAmountMinor && intent.Amount != pledge.Amount;
        var cover = planned ? pledge.NextFeeCoverMinor ?? 0 : intent.Amount == pledge.Amount ? pledge.FeeCoverMinor : 0;
        var paid = state == PaymentState.Succeeded;
        return new(
            ids.New(), pledge.PledgeId, pledge.DonorId, pledge.CampaignId, pledge.Fund, (long)pledge.Placement, (long)(planned ? pledge.NextInterval : pledge.Interval), (long)kind, (long)state,
            intent.Amount.Currency, intent.Amount.Minor, cover, 0, paid ? intent.ChargeTimeMicros ?? now : null,
            paid ? null : PaymentMapping.PlainFailure(intent.Status == "requires_action" ? "authentication_required" : intent.FailureCode), intent.Id, intent.ChargeId, null, null, null, null, null, null, null, now, null, intent.Method, pledge.AppealId);
    }
}
