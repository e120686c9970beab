using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>Gives payments back: intent, call, result. Also takes in refunds that were made elsewhere.</summary>
internal sealed class Refunds(IPaymentGateway gateway, PaymentStore payments, Ids ids, TimeProvider time) : IStripeOperationHandler
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

    /// <summary>The unit of work that writes the intent.</summary>
    public Func<SqliteConnection, string> Intent(string paymentId, MinorAmount? asked, Refund.Types.Reason reason) => connection =>
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
        var refund = new RefundRow(ids.New(), paymentId, minor, payment.Currency, (long)Refund.Types.State.Pending, (long)reason, null, null, now);
        PaymentStore.InsertRefund(connection, refund);
        StripeOperations.Insert(connection, StripeOperation.Create(
            refund.RefundId, OperationKind, refund.RefundId, new Arguments(payment.StripePaymentIntentId, minor, payment.Currency, PaymentMapping.ToStripeReason(reason)), now));
        return refund.RefundId;
    };

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
        PostIfKnown(connection, facts.BalanceTransaction, payment.Gift);
        PostIfKnown(connection, facts.FailureBalanceTransaction, payment.Gift);
        return true;
    }

    private void PostIfKnown(SqliteConnection connection, BalanceTransactionFacts? facts, GiftFacts gift)
    {
        if (facts is not null)
            payments.Post(connection, facts, gift);
    }

    private void Refuse(SqliteConnection connection, string refundId, string code)
    {
        var refund = PaymentStore.FindRefund(connection, refundId)!;
        payments.UpdateRefund(connection, refund with { State = (long)Refund.Types.State.Failed, FailureReason = code });
    }
}
