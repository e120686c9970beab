using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

internal sealed record PaymentRow(
    string PaymentId, string? PledgeId, string? DonorId, string CampaignId, string Fund, long Placement, long Interval, long Kind, long State,
    string Currency, long AmountMinor, long FeeCoverMinor, long RefundedMinor, long? PayTimeUs, string? FailureReason,
    string StripePaymentIntentId, string? StripeChargeId, string? StripeBalanceTransactionId, string? SettlementCurrency,
    long? SettlementGrossMinor, long? SettlementFeeMinor, long? SettlementNetMinor, string? ExchangeRate, long? AvailableTimeUs, long CreateTimeUs,
    long? FraudWarningTimeUs = null, string? Method = null, string? AppealId = null, long? PayDate = null)
{
    public MinorAmount Amount => new(AmountMinor, Currency);

    public bool Succeeded => State == (long)Payment.Types.State.Succeeded;

    public GiftFacts Gift => new((Payment.Types.Kind)Kind, AmountMinor, FeeCoverMinor, Currency, new(CampaignId, Fund, (int)Placement, Method), PaymentId, SettlementGrossMinor, SettlementCurrency);
}

internal sealed record RefundRow(string RefundId, string PaymentId, long AmountMinor, string Currency, long State, long Reason, string? FailureReason, string? StripeRefundId, long CreateTimeUs, string? AskedBy = null, string? DecidedBy = null);

/// <summary>Payments and refunds in SQL.</summary>
internal sealed class PaymentStore(LedgerStore ledger, BalanceTransactions transactions, BookCalendar calendar, StripeOptions stripe, TimeProvider time)
{
    public const string Columns =
        """
        payment_id AS PaymentId, pledge_id AS PledgeId, donor_id AS DonorId, campaign_id AS CampaignId, fund AS Fund, placement AS Placement, interval AS Interval, kind AS Kind,
        state AS State, currency AS Currency, amount_minor AS AmountMinor, fee_cover_minor AS FeeCoverMinor, refunded_minor AS RefundedMinor, pay_time_us AS PayTimeUs,
        failure_reason AS FailureReason, stripe_payment_intent_id AS StripePaymentIntentId, stripe_charge_id AS StripeChargeId,
        stripe_balance_transaction_id AS StripeBalanceTransactionId, settlement_currency AS SettlementCurrency, settlement_gross_minor AS SettlementGrossMinor,
        settlement_fee_minor AS SettlementFeeMinor, settlement_net_minor AS SettlementNetMinor, exchange_rate AS ExchangeRate, available_time_us AS AvailableTimeUs, create_time_us AS CreateTimeUs, fraud_warning_time_us AS FraudWarningTimeUs,
        method AS Method, appeal_id AS AppealId, pay_date AS PayDate
        """;

    private const string RefundColumns =
        "refund_id AS RefundId, payment_id AS PaymentId, amount_minor AS AmountMinor, currency AS Currency, state AS State, reason AS Reason, failure_reason AS FailureReason, stripe_refund_id AS StripeRefundId, create_time_us AS CreateTimeUs, asked_by AS AskedBy, decided_by AS DecidedBy";

    private static readonly RowQuery<PaymentRow> ById = By("payment_id");
    private static readonly RowQuery<PaymentRow> ByIntent = By("stripe_payment_intent_id");
    private static readonly RowQuery<PaymentRow> ByCharge = By("stripe_charge_id");

    private static RowQuery<PaymentRow> By(string column) => new($"SELECT {Columns} FROM payments WHERE {column} = @key");

    private bool Livemode => stripe.Mode == StripeMode.Live;

    public static PaymentRow? Find(SqliteConnection connection, string paymentId) => ById.Find(connection, paymentId);

    /// <summary>When any of these pledges last paid, in UTC microseconds; null: never.</summary>
    public static long? LastPaid(SqliteConnection connection, IReadOnlyList<string> pledgeIds) =>
        connection.ExecuteScalar<long?>("SELECT max(pay_time_us) FROM payments WHERE state = 1 AND pledge_id IN @pledgeIds", new { pledgeIds });

    public static PaymentRow? FindByIntent(SqliteConnection connection, string intentId) => ByIntent.Find(connection, intentId);

    public static PaymentRow? FindByCharge(SqliteConnection connection, string chargeId) => ByCharge.Find(connection, chargeId);

    /// <summary>Payments below an id (ids sort by age), newest first.</summary>
    public static List<PaymentRow> List(SqliteConnection connection, string? pledgeId, string before, int limit) => connection.Query<PaymentRow>(
        pledgeId is null
            ? $"SELECT {Columns} FROM payments WHERE payment_id < @before ORDER BY payment_id DESC LIMIT @limit"
            : $"SELECT {Columns} FROM payments WHERE pledge_id = @pledgeId AND payment_id < @before ORDER BY payment_id DESC LIMIT @limit",
        new { pledgeId, before, limit }).AsList();

    /// <summary>
    /// Writes what is known of a payment: a new row, or a failed one that succeeded after all. A late failure changes
    /// nothing. With a balance transaction it is settled and posted. True where anything was new but the settlement.
    /// </summary>
    public bool Record(SqliteConnection connection, PaymentRow payment, BalanceTransactionFacts? settlement)
    {
        if (payment.PayTimeUs is { } paid)
            payment = payment with { PayDate = calendar.DayOf(paid) };
        var written = connection.ExecuteScalar<string?>(
            """
            INSERT INTO payments (payment_id, pledge_id, donor_id, campaign_id, fund, placement, interval, kind, state, currency, amount_minor, fee_cover_minor, pay_time_us,
              failure_reason, stripe_payment_intent_id, stripe_charge_id, create_time_us, update_time_us, method, appeal_id, pay_date)
            VALUES (@PaymentId, @PledgeId, @DonorId, @CampaignId, @Fund, @Placement, @Interval, @Kind, @State, @Currency, @AmountMinor, @FeeCoverMinor, @PayTimeUs,
              @FailureReason, @StripePaymentIntentId, @StripeChargeId, @CreateTimeUs, @CreateTimeUs, @Method, @AppealId, @PayDate)
            ON CONFLICT (stripe_payment_intent_id) DO UPDATE SET
              state = excluded.state, pay_time_us = excluded.pay_time_us, pay_date = excluded.pay_date, failure_reason = excluded.failure_reason,
              stripe_charge_id = coalesce(excluded.stripe_charge_id, stripe_charge_id), method = coalesce(excluded.method, method), update_time_us = excluded.update_time_us
            WHERE payments.state = 2 AND (payments.state, payments.failure_reason, payments.stripe_charge_id) IS NOT (excluded.state, excluded.failure_reason, excluded.stripe_charge_id)
            RETURNING payment_id
            """,
            payment);
        var news = written is not null;
        if (payment.Succeeded && news)
        {
            GiftSums.Gifts.Add(connection, written!);
            if (payment.DonorId is { } donor)
                DonorYears.Add(connection, donor, (int)(payment.PayDate!.Value / 10_000));
        }

        // An entry keeps its dimensions for good: how it was paid is noted before it posts.
        if (payment is { Succeeded: true, Method: { } method })
            NoteMethod(connection, payment.StripePaymentIntentId, method);
        if (payment.Succeeded && settlement is not null)
            Settle(connection, FindByIntent(connection, payment.StripePaymentIntentId)!, settlement);
        return news;
    }

    /// <summary>Notes what Stripe settled and posts it. Doing it again changes nothing.</summary>
    public void Settle(SqliteConnection connection, PaymentRow payment, BalanceTransactionFacts facts)
    {
        connection.Execute(
            """
            UPDATE payments SET stripe_balance_transaction_id = @Id, settlement_currency = @Currency, settlement_gross_minor = @AmountMinor, settlement_fee_minor = @FeeMinor,
              settlement_net_minor = @NetMinor, exchange_rate = @ExchangeRate, available_time_us = @AvailableTimeMicros, update_time_us = @now
            WHERE payment_id = @PaymentId AND stripe_balance_transaction_id IS NULL
            """,
            new { facts.Id, facts.Currency, facts.AmountMinor, facts.FeeMinor, facts.NetMinor, facts.ExchangeRate, facts.AvailableTimeMicros, now = time.NowMicros(), payment.PaymentId });
        Post(connection, facts, payment.Gift);
    }

    /// <summary>Notes how a payment was made, where it was not known.</summary>
    public static void NoteMethod(SqliteConnection connection, string intentId, string method) => connection.Execute(
        "UPDATE payments SET method = @method WHERE stripe_payment_intent_id = @intentId AND method IS NULL", new { intentId, method });

    /// <summary>
    /// Posts a balance transaction; <paramref name="gift"/> is null where it is not one of ours. <paramref name="originalMinor"/>: how much of the gift a refund or
    /// dispute is about, in the donor's currency. False where it is in the books already, or must wait: for its gift's settlement, whose rate it needs, or
    /// for the opening entry, which it may take from.
    /// </summary>
    public bool Post(SqliteConnection connection, BalanceTransactionFacts facts, GiftFacts? gift, long? originalMinor = null) =>
        ContextOf(connection, facts, originalMinor) is { } context && !PostingRules.AwaitsGift(facts, gift, context) && transactions.Post(connection, facts, gift, Livemode, context);

    /// <summary>The opening entry of one currency.</summary>
    public void PostOpening(SqliteConnection connection, string currency, long balanceMinor, long inTransitMinor, long disputedMinor, long timeMicros) =>
        ledger.Post(connection, PostingRules.ForOpening(currency, balanceMinor, inTransitMinor, disputedMinor, timeMicros, Livemode));

    /// <summary>Posts that a payout reached the bank.</summary>
    public void PostPaid(SqliteConnection connection, PayoutFacts payout) =>
        ledger.Post(connection, PostingRules.ForPayoutPaid(payout.Id, payout.Amount.Minor, payout.Amount.Currency, payout.ArrivalTimeMicros ?? time.NowMicros(), Livemode));

    /// <summary>Notes an issuer's warning. False where one was noted before.</summary>
    public static bool NoteFraudWarning(SqliteConnection connection, string paymentId, long timeMicros) => connection.Execute(
        "UPDATE payments SET fraud_warning_time_us = @timeMicros WHERE payment_id = @paymentId AND fraud_warning_time_us IS NULL", new { paymentId, timeMicros }) == 1;

    /// <summary>Posts that a dispute was lost, once its money is gone. Of one that is not about a gift of ours, only what the opening entry holds is known.</summary>
    public void PostLost(SqliteConnection connection, DisputeFacts dispute, GiftFacts? gift, long timeMicros)
    {
        var context = new PostingContext(OriginalMinor: dispute.Amount.Minor, OpeningMinor: OpeningItems.Find(connection, dispute.Id));
        if (dispute.Status != "lost" || (gift is null && context.OpeningMinor is null) || dispute.BalanceTransactions.Any(t => PostingRules.AwaitsGift(t, gift, context)))
            return;
        // What was withdrawn before the books were opened is in 1200 where the opening entry holds it.
        var withdrawn = (context.OpeningMinor ?? 0) - dispute.BalanceTransactions.Where(t => t.CreateTimeMicros >= calendar.OpeningMicros).Sum(t => PostingRules.AtBookedRate(t, gift, context));
        if (withdrawn > 0)
            ledger.Post(connection, PostingRules.ForDisputeLost(dispute.Id, withdrawn, dispute.BalanceTransactions[0].Currency, timeMicros, gift, Livemode));
    }

    /// <summary>
    /// What the books hold of the payout or dispute that a balance transaction is about. What left Stripe's balance before the books were opened is either in the
    /// opening entry, or had reached the bank or been lost by then. Null while there is no opening entry yet.
    /// </summary>
    private PostingContext? ContextOf(SqliteConnection connection, BalanceTransactionFacts facts, long? originalMinor)
    {
        if (facts is not { ReportingCategory: "payout_reversal" or "dispute" or "dispute_reversal", SourceId: { } source })
            return new(OriginalMinor: originalMinor);
        var older = facts.ReportingCategory != "dispute" && facts.CreateTimeMicros >= calendar.OpeningMicros && calendar.OpeningMicros > 0 && !BalanceTransactions.IsOut(connection, source);
        if (older && Cursors.Find(connection, Cursors.Opening) is null)
            return null;
        var opening = OpeningItems.Find(connection, source);
        var over = older && opening is null;
        return new(
            facts.ReportingCategory == "payout_reversal" && (over || LedgerStore.IsPosted(connection, PostingRules.Payout, source)),
            facts.ReportingCategory == "dispute_reversal" && (over || LedgerStore.IsPosted(connection, PostingRules.Dispute, source)),
            originalMinor,
            opening);
    }

    public static RefundRow? FindRefund(SqliteConnection connection, string refundId) =>
        connection.QuerySingleOrDefault<RefundRow>($"SELECT {RefundColumns} FROM refunds WHERE refund_id = @refundId", new { refundId });

    public static RefundRow? FindRefundByStripeId(SqliteConnection connection, string stripeRefundId) =>
        connection.QuerySingleOrDefault<RefundRow>($"SELECT {RefundColumns} FROM refunds WHERE stripe_refund_id = @stripeRefundId", new { stripeRefundId });

    /// <summary>What can still be refunded: the amount less all refunds that did not fail.</summary>
    public static long RefundableMinor(SqliteConnection connection, PaymentRow payment) => payment.AmountMinor - connection.ExecuteScalar<long>(
        "SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE payment_id = @PaymentId AND state IN (1, 2, 5)", new { payment.PaymentId });

    /// <summary>Refunds below an id (ids sort by age), newest first.</summary>
    public static List<RefundRow> ListRefunds(SqliteConnection connection, string? paymentId, Refund.Types.State state, string before, int limit) => connection.Query<RefundRow>(
        $"""
        SELECT {RefundColumns} FROM refunds WHERE refund_id < @before {(paymentId is null ? "" : "AND payment_id = @paymentId")} {(state == 0 ? "" : "AND state = @state")}
        ORDER BY refund_id DESC LIMIT @limit
        """,
        new { paymentId, state, before, limit }).AsList();

    /// <summary>A second person decided on a refund that waited.</summary>
    public void DecideRefund(SqliteConnection connection, string refundId, Refund.Types.State state, string by) => connection.Execute(
        "UPDATE refunds SET state = @state, decided_by = @by, update_time_us = @now WHERE refund_id = @refundId AND state = 5", new { refundId, state, by, now = time.NowMicros() });

    public static void InsertRefund(SqliteConnection connection, RefundRow refund) => connection.Execute(
        """
        INSERT INTO refunds (refund_id, payment_id, amount_minor, currency, state, reason, failure_reason, stripe_refund_id, create_time_us, update_time_us, asked_by)
        VALUES (@RefundId, @PaymentId, @AmountMinor, @Currency, @State, @Reason, @FailureReason, @StripeRefundId, @CreateTimeUs, @CreateTimeUs, @AskedBy)
        """,
        refund);

    /// <summary>Writes a refund's state and the payment's sum of refunds. FAILED and CANCELLED are final once Stripe has said so.</summary>
    public void UpdateRefund(SqliteConnection connection, RefundRow refund)
    {
        var now = time.NowMicros();
        connection.Execute(
            """
            UPDATE refunds SET state = @State, failure_reason = @FailureReason, stripe_refund_id = coalesce(@StripeRefundId, stripe_refund_id), update_time_us = @now
            WHERE refund_id = @RefundId AND (state NOT IN (3, 4) OR stripe_refund_id IS NULL)
            """,
            new { refund.State, refund.FailureReason, refund.StripeRefundId, refund.RefundId, now });
        connection.Execute(
            """
            UPDATE payments SET update_time_us = @now,
              refunded_minor = (SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE payment_id = @PaymentId AND state IN (1, 2) AND stripe_refund_id IS NOT NULL)
            WHERE payment_id = @PaymentId
            """,
            new { refund.PaymentId, now });
    }
}
