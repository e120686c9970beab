using Dapper;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Dispute.Types.State;

namespace Donations.Server.Payments;

internal sealed record DisputeRow(
    string DisputeId, string PaymentId, long AmountMinor, string Currency, long State, long Inquiry, string Reason, long? EvidenceDueTimeUs, long? EvidenceSubmitTimeUs,
    string StripeDisputeId, long CreateTimeUs, long UpdateTimeUs)
{
    public MinorAmount Amount => new(AmountMinor, Currency);
}

/// <summary>Disputes and inquiries: kept as Stripe tells them, and answered with evidence.</summary>
internal sealed class Disputes(IPaymentGateway gateway, PaymentStore payments, Ids ids, TimeProvider time) : IStripeOperationHandler
{
    public const string OperationKind = "dispute.evidence";

    private const string Columns =
        """
        dispute_id AS DisputeId, payment_id AS PaymentId, amount_minor AS AmountMinor, currency AS Currency, state AS State, inquiry AS Inquiry, reason AS Reason,
        evidence_due_time_us AS EvidenceDueTimeUs, evidence_submit_time_us AS EvidenceSubmitTimeUs, stripe_dispute_id AS StripeDisputeId, create_time_us AS CreateTimeUs, update_time_us AS UpdateTimeUs
        """;

    /// <summary>The text may name the donor: it is blanked with the operation's end.</summary>
    internal sealed record Arguments(string StripeDisputeId, string Text);

    public string Kind => OperationKind;

    /// <summary>Whether the bank only asks, by Stripe's status.</summary>
    public static bool IsInquiry(string status) => status.StartsWith("warning_", StringComparison.Ordinal);

    public static DisputeRow? Find(SqliteConnection connection, string disputeId) =>
        connection.QuerySingleOrDefault<DisputeRow>($"SELECT {Columns} FROM disputes WHERE dispute_id = @disputeId", new { disputeId });

    /// <summary>Disputes below an id (ids sort by age), newest first.</summary>
    public static List<DisputeRow> List(SqliteConnection connection, string? paymentId, State state, string before, int limit) => connection.Query<DisputeRow>(
        $"""
        SELECT {Columns} FROM disputes WHERE dispute_id < @before {(paymentId is null ? "" : "AND payment_id = @paymentId")} {(state == 0 ? "" : "AND state = @state")}
        ORDER BY dispute_id DESC LIMIT @limit
        """,
        new { paymentId, state, before, limit }).AsList();

    public static DisputeRow? FindByStripeId(SqliteConnection connection, string stripeDisputeId) =>
        connection.QuerySingleOrDefault<DisputeRow>($"SELECT {Columns} FROM disputes WHERE stripe_dispute_id = @stripeDisputeId", new { stripeDisputeId });

    /// <summary>
    /// Writes a dispute and posts its money: withdrawn and reinstated by its balance transactions, lost at <paramref name="lostTimeMicros"/>.
    /// False where its payment is not ours: then only its money posts.
    /// </summary>
    public bool Apply(SqliteConnection connection, DisputeFacts facts, long lostTimeMicros)
    {
        var payment = PaymentStore.FindByCharge(connection, facts.ChargeId);
        foreach (var transaction in facts.BalanceTransactions)
            payments.Post(connection, transaction, payment?.Gift, facts.Amount.Minor);
        payments.PostLost(connection, facts, payment?.Gift, lostTimeMicros);
        if (payment is null)
            return false;
        Upsert(connection, facts, payment.PaymentId);
        return true;
    }

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        try
        {
            var facts = await gateway.SubmitEvidenceAsync(operation.Key("evidence"), arguments.StripeDisputeId, arguments.Text, cancellationToken);
            return new(c => Submitted(c, operation.SubjectId, facts));
        }
        catch (GatewayRefusedException e)
        {
            var facts = await gateway.GetDisputeAsync(arguments.StripeDisputeId, cancellationToken);
            return new(c => Apply(c, facts, time.NowMicros()), Refusal: Refusal.From(e));
        }
    }

    public async Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var facts = await gateway.GetDisputeAsync(operation.ArgumentsAs<Arguments>().StripeDisputeId, cancellationToken);
        return facts.EvidenceSubmitted ? new(c => Submitted(c, operation.SubjectId, facts)) : new(c => Apply(c, facts, time.NowMicros()), Refusal: new(false, "not_submitted"));
    }

    /// <summary>The unit of work that writes the intent to submit.</summary>
    public Func<SqliteConnection, string> Intent(string disputeId, string text) => connection =>
    {
        var name = PaymentMapping.DisputePrefix + disputeId;
        var dispute = Find(connection, disputeId) ?? throw RpcErrors.NotFound(name);
        if (dispute.State != (long)State.NeedsResponse || dispute.EvidenceDueTimeUs <= time.NowMicros() || StripeOperations.AnyOpen(connection, disputeId))
            throw RpcErrors.EvidenceClosed(name);
        var operation = StripeOperation.Create(ids.New(), OperationKind, disputeId, new Arguments(dispute.StripeDisputeId, text), time.NowMicros());
        StripeOperations.Insert(connection, operation);
        return operation.OperationId;
    };

    private void Submitted(SqliteConnection connection, string disputeId, DisputeFacts facts)
    {
        Apply(connection, facts, time.NowMicros());
        connection.Execute("UPDATE disputes SET evidence_submit_time_us = coalesce(evidence_submit_time_us, @now) WHERE dispute_id = @disputeId", new { disputeId, now = time.NowMicros() });
    }

    private void Upsert(SqliteConnection connection, DisputeFacts facts, string paymentId) => connection.Execute(
        """
        INSERT INTO disputes (dispute_id, payment_id, amount_minor, currency, state, inquiry, reason, evidence_due_time_us, stripe_dispute_id, create_time_us, update_time_us)
        VALUES (@id, @paymentId, @minor, @currency, @state, @inquiry, @Reason, @EvidenceDueMicros, @Id, @CreateTimeMicros, @now)
        ON CONFLICT (stripe_dispute_id) DO UPDATE SET amount_minor = excluded.amount_minor, state = excluded.state, inquiry = excluded.inquiry, reason = excluded.reason,
          evidence_due_time_us = excluded.evidence_due_time_us, update_time_us = excluded.update_time_us
        WHERE (state, inquiry, amount_minor, reason) <> (excluded.state, excluded.inquiry, excluded.amount_minor, excluded.reason)
        """,
        new
        {
            id = ids.New(),
            paymentId,
            minor = facts.Amount.Minor,
            currency = facts.Amount.Currency,
            state = ToState(facts.Status),
            inquiry = IsInquiry(facts.Status) ? 1 : 0,
            facts.Reason,
            facts.EvidenceDueMicros,
            facts.Id,
            facts.CreateTimeMicros,
            now = time.NowMicros(),
        });

    // Stripe's enums are open: what is not known yet is being looked at by somebody.
    private static State ToState(string status) => status switch
    {
        "needs_response" or "warning_needs_response" or "appeal_needs_response" => State.NeedsResponse,
        "won" => State.Won,
        "lost" => State.Lost,
        "warning_closed" or "prevented" => State.Closed,
        _ => State.UnderReview,
    };
}
