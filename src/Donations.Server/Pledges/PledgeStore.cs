using Dapper;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

internal sealed record PledgeRow
{
    public required string PledgeId { get; init; }
    public required string DonorId { get; init; }
    public required string Reference { get; init; }
    public required string CampaignId { get; init; }
    public required string TierId { get; init; }
    public required string Fund { get; init; }
    public required PledgeInterval Interval { get; init; }
    public required string Currency { get; init; }
    public required long AmountMinor { get; init; }
    public required long FeeCoverMinor { get; init; }
    public required Pledge.Types.State State { get; init; }
    public long? NextPaymentTimeUs { get; init; }
    public bool CancelAtPeriodEnd { get; init; }
    public Pledge.Types.CancelReason CancelReason { get; init; }
    public long? CancelTimeUs { get; init; }
    public long? ResumeTimeUs { get; init; }
    public string? AppealId { get; init; }
    public Placement Placement { get; init; }
    public string? SourceCode { get; init; }
    public ExperimentGroup ExperimentGroup { get; init; }
    public ReminderKind Reminder { get; init; }
    public string? Locale { get; init; }

    /// <summary>Bytes of a CreatePledgeRequest that holds nothing but the consents.</summary>
    public byte[]? Consents { get; init; }

    /// <summary>Made with a token: a failed first payment ends it. Intent first, the reader may try again in the form.</summary>
    public bool TokenFirst { get; init; }
    public string? FailureReason { get; init; }
    public required byte[] ManageCodeHash { get; init; }
    public string? StripeCustomerId { get; init; }
    public string? StripeSubscriptionId { get; init; }

    /// <summary>The first payment's intent.</summary>
    public string? StripePaymentIntentId { get; init; }

    /// <summary>Late since then.</summary>
    public long? PastDueTimeUs { get; init; }
    public Pledge.Types.PauseReason PauseReason { get; init; }

    /// <summary>What was agreed for the time after the paid period; unspecified: nothing.</summary>
    public PledgeInterval NextInterval { get; init; }
    public long? NextAmountMinor { get; init; }
    public long? NextFeeCoverMinor { get; init; }
    public string? StripeScheduleId { get; init; }
    public string? StripePaymentMethodId { get; init; }

    /// <summary>Last month that the card can be charged, as year * 12 + month - 1.</summary>
    public long? CardExpireMonth { get; init; }

    /// <summary>A new card that waits for its holder.</summary>
    public string? StripeSetupIntentId { get; init; }

    /// <summary>The hosted page that takes the first payment.</summary>
    public string? StripeCheckoutSessionId { get; init; }
    public required long CreateTimeUs { get; init; }
    public required long UpdateTimeUs { get; init; }
    public long Version { get; init; }

    public string Name => PledgeMapping.Name(DonorId, PledgeId);

    public MinorAmount Amount => new(AmountMinor, Currency);

    public bool Recurring => Interval != PledgeInterval.OneTime;
}

/// <summary>Pledges in SQL. Read-modify-write is safe: there is one writer.</summary>
internal static class PledgeStore
{
    private const string Columns =
        """
        pledge_id AS PledgeId, donor_id AS DonorId, reference AS Reference, campaign_id AS CampaignId, tier_id AS TierId, fund AS Fund, interval AS Interval, currency AS Currency,
        amount_minor AS AmountMinor, fee_cover_minor AS FeeCoverMinor, state AS State, next_payment_time_us AS NextPaymentTimeUs, cancel_at_period_end AS CancelAtPeriodEnd,
        cancel_reason AS CancelReason, cancel_time_us AS CancelTimeUs, resume_time_us AS ResumeTimeUs, appeal_id AS AppealId, placement AS Placement, source_code AS SourceCode,
        experiment_group AS ExperimentGroup, reminder AS Reminder, locale AS Locale, consents AS Consents, token_first AS TokenFirst, failure_reason AS FailureReason, manage_code_hash AS ManageCodeHash, stripe_customer_id AS StripeCustomerId,
        stripe_subscription_id AS StripeSubscriptionId, stripe_payment_intent_id AS StripePaymentIntentId, past_due_time_us AS PastDueTimeUs, pause_reason AS PauseReason,
        next_interval AS NextInterval, next_amount_minor AS NextAmountMinor, next_fee_cover_minor AS NextFeeCoverMinor, stripe_schedule_id AS StripeScheduleId,
        stripe_payment_method_id AS StripePaymentMethodId, card_expire_month AS CardExpireMonth, stripe_setup_intent_id AS StripeSetupIntentId,
        stripe_checkout_session_id AS StripeCheckoutSessionId, create_time_us AS CreateTimeUs, update_time_us AS UpdateTimeUs, version AS Version
        """;

    private static readonly RowQuery<PledgeRow> ById = By("pledge_id");
    private static readonly RowQuery<PledgeRow> ByReference = By("reference");
    private static readonly RowQuery<PledgeRow> ByManageCode = By("manage_code_hash");
    private static readonly RowQuery<PledgeRow> BySubscription = By("stripe_subscription_id");
    private static readonly RowQuery<PledgeRow> BySetupIntent = By("stripe_setup_intent_id");
    private static readonly RowQuery<PledgeRow> ByCheckoutSession = By("stripe_checkout_session_id");
    private static readonly RowQuery<PledgeRow> ByIntent = By("stripe_payment_intent_id");
    private static readonly RowQuery<PledgeRow> ByCustomer = By("stripe_customer_id");

    public static void Insert(SqliteConnection connection, PledgeRow row) => connection.Execute(
        """
        INSERT INTO pledges (pledge_id, donor_id, reference, campaign_id, tier_id, fund, interval, currency, amount_minor, fee_cover_minor, state, appeal_id, placement,
          source_code, experiment_group, reminder, locale, consents, token_first, manage_code_hash, create_time_us, update_time_us, version)
        VALUES (@PledgeId, @DonorId, @Reference, @CampaignId, @TierId, @Fund, @Interval, @Currency, @AmountMinor, @FeeCoverMinor, @State, @AppealId, @Placement,
          @SourceCode, @ExperimentGroup, @Reminder, @Locale, @Consents, @TokenFirst, @ManageCodeHash, @CreateTimeUs, @UpdateTimeUs, 1)
        """,
        row);

    /// <summary>Writes what can change, and counts the version up. <see cref="PledgeBook"/> calls it.</summary>
    public static void Update(SqliteConnection connection, PledgeRow after) => connection.Execute(
        """
        UPDATE pledges SET interval = @Interval, amount_minor = @AmountMinor, fee_cover_minor = @FeeCoverMinor, state = @State, next_payment_time_us = @NextPaymentTimeUs,
          cancel_at_period_end = @CancelAtPeriodEnd, cancel_reason = @CancelReason, cancel_time_us = @CancelTimeUs, resume_time_us = @ResumeTimeUs,
          failure_reason = @FailureReason, stripe_customer_id = @StripeCustomerId, stripe_subscription_id = @StripeSubscriptionId,
          stripe_payment_intent_id = @StripePaymentIntentId, past_due_time_us = @PastDueTimeUs, pause_reason = @PauseReason, next_interval = @NextInterval,
          next_amount_minor = @NextAmountMinor, next_fee_cover_minor = @NextFeeCoverMinor, stripe_schedule_id = @StripeScheduleId,
          stripe_payment_method_id = @StripePaymentMethodId, card_expire_month = @CardExpireMonth, stripe_setup_intent_id = @StripeSetupIntentId,
          stripe_checkout_session_id = @StripeCheckoutSessionId, update_time_us = @UpdateTimeUs, version = version + 1
        WHERE pledge_id = @PledgeId
        """,
        after);

    public static PledgeRow? Find(SqliteConnection connection, string pledgeId) => ById.Find(connection, pledgeId);

    public static PledgeRow? FindByReference(SqliteConnection connection, string reference) => ByReference.Find(connection, reference);

    public static PledgeRow? FindByManageCode(SqliteConnection connection, byte[] hash) => ByManageCode.Find(connection, hash);

    public static PledgeRow? FindBySubscription(SqliteConnection connection, string subscriptionId) => BySubscription.Find(connection, subscriptionId);

    public static PledgeRow? FindBySetupIntent(SqliteConnection connection, string setupIntentId) => BySetupIntent.Find(connection, setupIntentId);

    public static PledgeRow? FindByCheckoutSession(SqliteConnection connection, string sessionId) => ByCheckoutSession.Find(connection, sessionId);

    /// <summary>Pledges of a customer at Stripe: one, as this service makes them.</summary>
    public static List<PledgeRow> ListByCustomer(SqliteConnection connection, string customerId) => ByCustomer.List(connection, customerId);

    public static PledgeRow? FindByIntent(SqliteConnection connection, string intentId) => ByIntent.Find(connection, intentId);

    /// <summary>Pledges below an id (ids sort by age), newest first.</summary>
    public static List<PledgeRow> List(SqliteConnection connection, string? donorId, string? campaignId, Pledge.Types.State state, string before, int limit) => connection.Query<PledgeRow>(
        $"""
        SELECT {Columns} FROM pledges
        WHERE pledge_id < @before {(donorId is null ? "" : "AND donor_id = @donorId")} {(campaignId is null ? "" : "AND campaign_id = @campaignId")} {(state == 0 ? "" : "AND state = @state")}
        ORDER BY pledge_id DESC LIMIT @limit
        """,
        new { donorId, campaignId, state, before, limit }).AsList();

    /// <summary>Pledges that have waited for their donor since before a time.</summary>
    public static List<PledgeRow> ListWaiting(SqliteConnection connection, long beforeMicros, int limit) => connection.Query<PledgeRow>(
        $"SELECT {Columns} FROM pledges WHERE state = 2 AND create_time_us < @beforeMicros ORDER BY create_time_us LIMIT @limit", new { beforeMicros, limit }).AsList();

    /// <summary>Recurring pledges that are meant to charge, by id, after one.</summary>
    public static List<PledgeRow> ListRunning(SqliteConnection connection, string after, int limit) => connection.Query<PledgeRow>(
        $"SELECT {Columns} FROM pledges WHERE pledge_id > @after AND state IN (3, 5, 6) AND stripe_subscription_id IS NOT NULL ORDER BY pledge_id LIMIT @limit", new { after, limit }).AsList();

    /// <summary>Running pledges at risk: late, paused, ending, or with a card that expires in these months (year * 12 + month - 1, both inclusive).</summary>
    public static List<PledgeRow> ListAtRisk(SqliteConnection connection, string? currency, long fromMonth, long toMonth) => connection.Query<PledgeRow>(
        $"""
        SELECT {Columns} FROM pledges WHERE pledge_id IN (
          SELECT pledge_id FROM pledges WHERE state = 5 UNION SELECT pledge_id FROM pledges WHERE state = 6
          UNION SELECT pledge_id FROM pledges WHERE cancel_at_period_end = 1 AND state IN (3, 5)
          UNION SELECT pledge_id FROM pledges WHERE state IN (3, 5, 6) AND card_expire_month BETWEEN @fromMonth AND @toMonth)
          AND (@currency IS NULL OR currency = @currency)
        """,
        new { currency, fromMonth, toMonth }).AsList();

    /// <summary>Running pledges of which no movement is kept.</summary>
    public static List<PledgeRow> ListUncounted(SqliteConnection connection) => connection.Query<PledgeRow>(
        $"SELECT {Columns} FROM pledges p WHERE state IN (3, 5, 6) AND interval > 1 AND NOT EXISTS (SELECT 1 FROM pledge_movements m WHERE m.pledge_id = p.pledge_id)").AsList();

    /// <summary>Pledges that have been late since before a time.</summary>
    public static List<PledgeRow> ListPastDue(SqliteConnection connection, long beforeMicros, int limit) => connection.Query<PledgeRow>(
        $"SELECT {Columns} FROM pledges WHERE state = 5 AND past_due_time_us < @beforeMicros ORDER BY past_due_time_us LIMIT @limit", new { beforeMicros, limit }).AsList();

    /// <summary>Running pledges whose cards expire in these months (year * 12 + month - 1, both inclusive), by id, after one.</summary>
    public static List<PledgeRow> ListExpiringCards(SqliteConnection connection, long fromMonth, long toMonth, string after, int limit) => connection.Query<PledgeRow>(
        $"SELECT {Columns} FROM pledges WHERE state IN (3, 5, 6) AND card_expire_month BETWEEN @fromMonth AND @toMonth AND pledge_id > @after ORDER BY pledge_id LIMIT @limit",
        new { fromMonth, toMonth, after, limit }).AsList();

    /// <summary>Active pledges with an annual payment in this interval that they do not end with, by id, after one; <paramref name="planned"/>: those that become annual with it.</summary>
    public static List<PledgeRow> ListAnnualPayments(SqliteConnection connection, bool planned, long fromMicros, long toMicros, string after, int limit) => connection.Query<PledgeRow>(
        $"""
        SELECT {Columns} FROM pledges WHERE state = 3 AND {(planned ? "next_interval = 3" : "interval = 3 AND next_interval IN (0, 3)")} AND cancel_at_period_end = 0 AND next_payment_time_us > @fromMicros AND next_payment_time_us <= @toMicros
          AND pledge_id > @after ORDER BY pledge_id LIMIT @limit
        """,
        new { fromMicros, toMicros, after, limit }).AsList();

    // A customer of many pledges is an import's; of all others there is one.
    private static RowQuery<PledgeRow> By(string column) => new($"SELECT {Columns} FROM pledges WHERE {column} = @key LIMIT 100");
}
