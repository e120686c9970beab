using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using ExceptionKind = Donations.V1.ReconciliationException.Types.Kind;

namespace Donations.Server.Pledges;

/// <summary>What follows when a bank or Stripe's Radar doubts a payment.</summary>
internal sealed class FraudOptions
{
    public const string Section = "Fraud";

    /// <summary>
    /// An issuer's early warning: give the payment back and end its pledge (a dispute would cost its fee as well and count against the
    /// account), or only leave it to staff as an exception.
    /// </summary>
    public bool RefundEarlyWarnings { get; set; } = true;

    /// <summary>A dispute ends the pledge: charging a card whose holder disputes asks for the next one. Inquiries do not.</summary>
    public bool CancelDisputedPledges { get; set; } = true;
}

/// <summary>Early fraud warnings, disputes and reviews, as far as they concern pledges.</summary>
internal sealed class RiskSignals(Database database, IPaymentGateway gateway, IChargeResolver charges, Refunds refunds, ExceptionStore exceptions, FraudOptions options, Ids ids, TimeProvider time) : IStripeEventHandler
{
    public bool Handles(string type) =>
        type.StartsWith("radar.early_fraud_warning.", StringComparison.Ordinal) || type.StartsWith("review.", StringComparison.Ordinal) || type is "charge.dispute.created" or "charge.dispute.updated";

    public async Task<bool> HandleAsync(IReadOnlyList<InboxRow> items, CancellationToken cancellationToken)
    {
        var item = items[^1];
        return item.Facts.ObjectType switch
        {
            "review" => await NoteReviewAsync(item, cancellationToken),
            "dispute" => await StopDisputedAsync(item, cancellationToken),
            _ => await SyncWarningAsync(await gateway.GetFraudWarningAsync(item.ObjectId, cancellationToken), cancellationToken),
        };
    }

    /// <summary>Notes a warning on its payment and acts on it, once. False where the payment is not ours.</summary>
    public bool Apply(SqliteConnection connection, FraudWarningFacts warning)
    {
        if (PaymentStore.FindByCharge(connection, warning.ChargeId) is not { } payment)
            return false;
        if (!PaymentStore.NoteFraudWarning(connection, payment.PaymentId, warning.CreateTimeMicros))
            return true;
        if (options.RefundEarlyWarnings && warning.Actionable)
            Answer(connection, payment);
        else
            exceptions.Open(connection, ExceptionKind.FraudWarning, warning.Id, PaymentMapping.PaymentPrefix + payment.PaymentId, $"the issuer warns: {warning.FraudType}");
        return true;
    }

    private async Task<bool> SyncWarningAsync(FraudWarningFacts warning, CancellationToken cancellationToken) =>
        await gateway.FindIntentOfChargeAsync(warning.ChargeId, cancellationToken) is { } intent
        && await charges.SyncIntentAsync(intent, cancellationToken)
        && await database.WriteAsync(c => Apply(c, warning));

    private void Answer(SqliteConnection connection, PaymentRow payment)
    {
        if (payment.Succeeded && PaymentStore.RefundableMinor(connection, payment) > 0)
            StripeOperations.MakeDue(connection, refunds.Intent(payment.PaymentId, null, Refund.Types.Reason.Fraudulent, by: null)(connection));
        End(connection, payment.PledgeId, Pledge.Types.CancelReason.Fraud);
    }

    private async Task<bool> StopDisputedAsync(InboxRow item, CancellationToken cancellationToken)
    {
        var dispute = await gateway.GetDisputeAsync(item.ObjectId, cancellationToken);
        return await database.WriteAsync(c =>
        {
            if (PaymentStore.FindByCharge(c, dispute.ChargeId) is not { } payment)
                return false;
            if (options.CancelDisputedPledges && !Disputes.IsInquiry(dispute.Status))
                End(c, payment.PledgeId, dispute.Reason == "fraudulent" ? Pledge.Types.CancelReason.Fraud : Pledge.Types.CancelReason.Other);
            return true;
        });
    }

    private void End(SqliteConnection connection, string? pledgeId, Pledge.Types.CancelReason reason)
    {
        if (pledgeId is null || PledgeStore.Find(connection, pledgeId) is not { Recurring: true } pledge || !PledgeLifecycle.IsRunning(pledge.State))
            return;
        if (StripeOperations.FindOpen(connection, pledgeId, CancelOperation.OperationKind) is null)
            StripeOperations.InsertDue(connection, StripeOperation.Create(ids.New(), CancelOperation.OperationKind, pledgeId, new CancelOperation.Arguments(false, reason), time.NowMicros()));
    }

    /// <summary>A payment under review is staff's, in Stripe's Dashboard; here it stands among the exceptions until it is closed.</summary>
    private Task<bool> NoteReviewAsync(InboxRow item, CancellationToken cancellationToken) => database.WriteAsync(c =>
    {
        var payment = (item.Facts.PaymentIntentId is { } intent ? PaymentStore.FindByIntent(c, intent) : null) ?? (item.Facts.ChargeId is { } charge ? PaymentStore.FindByCharge(c, charge) : null);
        if (item.Type == "review.closed")
            exceptions.Resolve(c, ExceptionKind.Review, item.ObjectId);
        else if (!IsClosed(c, item.ObjectId))
            exceptions.Open(c, ExceptionKind.Review, item.ObjectId, payment is null ? null : PaymentMapping.PaymentPrefix + payment.PaymentId, "Radar put the payment under review");
        return payment is not null;
    });

    // The two events may come in either order.
    private static bool IsClosed(SqliteConnection connection, string reviewId) => Inbox.Has(connection, "review.closed", reviewId);
}
