using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>How much one person may give back.</summary>
internal sealed class RefundOptions
{
    public const string Section = "Refunds";

    /// <summary>How much of one payment may go back without a second person, in minor units by currency. A currency that is not listed has <see cref="DefaultLimit"/>.</summary>
    public Dictionary<string, long> Limits { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How much of one payment may go back without a second person where <see cref="Limits"/> names none, in minor units.</summary>
    public long DefaultLimit { get; set; } = 50_000;

    public bool NeedsSecondPerson(MinorAmount amount) => amount.Minor > Limits.GetValueOrDefault(amount.Currency, DefaultLimit);
}

/// <summary>Gives payments back: intent, call, result. Also takes in refunds that were made elsewhere.</summary>
internal sealed class Refunds(IPaymentGateway gateway, PaymentStore payments, RefundOptions options, Ids ids, TimeProvider time) : IStripeOperationHandler
{
    public const string OperationKind = "payment.refund";

    internal sealed record Arguments(string IntentId, long AmountMinor, string Currency, string? Reason);

    public string Kind => OperationKind;

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        try
        {
            var facts = await gateway.RefundAsync(
                operation.Key("refund"), PaymentMapping.RefundPrefix + operation.SubjectId, arguments.IntentId, new(arguments.AmountMinor, arguments.Currency), arguments.Reason, cancellationToken);
            return new(c => Apply(c, facts));
        }
        catch (GatewayRefusedException e)
        {
            return new(c => Refuse(c, operation.SubjectId, e.Code));
        }
    }

    public async Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var name = PaymentMapping.RefundPrefix + operation.SubjectId;
        var facts = await gateway.FindRefundAsync(operation.ArgumentsAs<Arguments>().IntentId, name, cancellationToken);
        return new(c =>
        {
            if (facts is not null)
                Apply(c, facts);
            else if (PaymentStore.FindRefund(c, operation.SubjectId) is { StripeRefundId: null })
                Refuse(c, operation.SubjectId, "not_made");
        });
    }

    /// <summary>The unit of work that writes the intent; above the limit for one person, nothing is asked of Stripe before a second one approves. <paramref name="by"/> is null where the service itself decided.</summary>
    public Func<SqliteConnection, string> Intent(string paymentId, MinorAmount? asked, Refund.Types.Reason reason, string? by) => connection =>
    {
        var name = PaymentMapping.PaymentPrefix + paymentId;
        var payment = PaymentStore.Find(connection, paymentId) ?? throw RpcErrors.NotFound(name);
        if (!payment.Succeeded)
            throw RpcErrors.StateInvalid(name, "FAILED", "nothing was paid");
        var left = PaymentStore.RefundableMinor(connection, payment);
        if (asked is { } amount && amount.Currency != payment.Currency)
            throw RpcErrors.FieldInvalid("amount.currency_code", $"must be {payment.Currency}, the payment's currency");
        var minor = asked?.Minor ?? left;
        if (minor > left || left == 0)
            throw RpcErrors.RefundTooLarge(name, left);
        var now = time.NowMicros();
        // All that goes back of one payment counts, or a large refund would be many small ones.
        var state = by is not null && options.NeedsSecondPerson(new(payment.AmountMinor - left + minor, payment.Currency)) ? Refund.Types.State.AwaitingApproval : Refund.Types.State.Pending;
        var refund = new RefundRow(ids.New(), paymentId, minor, payment.Currency, (long)state, (long)reason, null, null, now, by);
        PaymentStore.InsertRefund(connection, refund);
        if (state == Refund.Types.State.Pending)
            StripeOperations.Insert(connection, ToOperation(refund, payment, now));
        return refund.RefundId;
    };

    /// <summary>A second person sends a refund that waited for one.</summary>
    public RefundRow Approve(SqliteConnection connection, string refundId, string by)
    {
        var refund = Waiting(connection, refundId);
        if (refund.AskedBy == by)
            throw RpcErrors.SecondPersonNeeded(PaymentMapping.RefundPrefix + refundId);
        payments.DecideRefund(connection, refundId, Refund.Types.State.Pending, by);
        StripeOperations.InsertDue(connection, ToOperation(refund, PaymentStore.Find(connection, refund.PaymentId)!, time.NowMicros()));
        return PaymentStore.FindRefund(connection, refundId)!;
    }

    public RefundRow Reject(SqliteConnection connection, string refundId, string by)
    {
        Waiting(connection, refundId);
        payments.DecideRefund(connection, refundId, Refund.Types.State.Cancelled, by);
        return PaymentStore.FindRefund(connection, refundId)!;
    }

    private static RefundRow Waiting(SqliteConnection connection, string refundId)
    {
        var name = PaymentMapping.RefundPrefix + refundId;
        var refund = PaymentStore.FindRefund(connection, refundId) ?? throw RpcErrors.NotFound(name);
        return refund.State == (long)Refund.Types.State.AwaitingApproval ? refund : throw RpcErrors.StateInvalid(name, ((Refund.Types.State)refund.State).ToString().ToUpperInvariant(), "waits for no approval");
    }

    private static StripeOperation ToOperation(RefundRow refund, PaymentRow payment, long nowMicros) => StripeOperation.Create(
        refund.RefundId, OperationKind, refund.RefundId,
        new Arguments(payment.StripePaymentIntentId, refund.AmountMinor, refund.Currency, PaymentMapping.ToStripeReason((Refund.Types.Reason)refund.Reason)), nowMicros);

    /// <summary>Writes a refund as Stripe tells it, ours or one made in Stripe's Dashboard. False where its payment is not known.</summary>
    public bool Apply(SqliteConnection connection, RefundFacts facts)
    {
        var payment = facts.ChargeId is null ? null : PaymentStore.FindByCharge(connection, facts.ChargeId);
        if (payment is null)
            return false;
        var state = PaymentMapping.ToRefundState(facts.Status);
        var known = PaymentStore.FindRefundByStripeId(connection, facts.Id)
            ?? (facts.RefundName is { } name && name.StartsWith(PaymentMapping.RefundPrefix, StringComparison.Ordinal) ? PaymentStore.FindRefund(connection, name[PaymentMapping.RefundPrefix.Length..]) : null);
        if (known is null)
        {
            known = new(ids.New(), payment.PaymentId, facts.Amount.Minor, facts.Amount.Currency, (long)Refund.Types.State.Pending, (long)PaymentMapping.FromStripeReason(facts.Reason), null, facts.Id, facts.CreateTimeMicros);
            PaymentStore.InsertRefund(connection, known);
        }

        payments.UpdateRefund(connection, known with { State = (long)state, FailureReason = facts.FailureReason, StripeRefundId = facts.Id });
        foreach (var transaction in new[] { facts.BalanceTransaction, facts.FailureBalanceTransaction }.OfType<BalanceTransactionFacts>())
            payments.Post(connection, transaction, payment.Gift, facts.Amount.Minor);
        return true;
    }

    private void Refuse(SqliteConnection connection, string refundId, string code)
    {
        var refund = PaymentStore.FindRefund(connection, refundId)!;
        payments.UpdateRefund(connection, refund with { State = (long)Refund.Types.State.Failed, FailureReason = code });
    }
}
