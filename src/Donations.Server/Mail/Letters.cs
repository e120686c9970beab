using System.Globalization;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Mail;

/// <summary>The mails that donors get, each with the key of the fact that it tells and the time after which it helps nobody. Times are UTC microseconds.</summary>
internal static class Letters
{
    private const long ReceiptLife = 14 * UnixMicros.PerDay;
    private const long FailureLife = 7 * UnixMicros.PerDay;
    private const long CancelLife = 14 * UnixMicros.PerDay;

    /// <summary>A payment was taken; once per payment.</summary>
    /// <param name="to">Whose.</param>
    /// <param name="paymentId">The payment.</param>
    /// <param name="amount">What was charged.</param>
    /// <param name="payTimeUs">When.</param>
    /// <param name="nextPaymentTimeUs">When the next one follows; null: none.</param>
    public static MailDraft Receipt(LetterTo to, string paymentId, MinorAmount amount, long payTimeUs, long? nextPaymentTimeUs) => new()
    {
        Template = MailTemplate.Receipt,
        To = to,
        Values = new() { Reference = to.Reference, AmountMinor = amount.Minor, Currency = amount.Currency, PayTimeUs = payTimeUs, NextPaymentTimeUs = nextPaymentTimeUs },
        DedupeKey = $"receipt/{paymentId}",
        ExpireTimeUs = payTimeUs + ReceiptLife,
    };

    /// <summary>
    /// A later payment of a recurring pledge failed; once per attempt, and the outbox holds back what would be too many.
    /// Null for one-time and first payments: while those are incomplete the reader is still in front of the form.
    /// </summary>
    /// <param name="to">Whose.</param>
    /// <param name="kind">Which of its pledge's payments it is.</param>
    /// <param name="paymentId">The payment.</param>
    /// <param name="attempt">Names the attempt: its charge at Stripe.</param>
    /// <param name="amount">What could not be charged.</param>
    /// <param name="failureReason">As in Payment.failure_reason; null: declined.</param>
    /// <param name="failTimeUs">When it failed.</param>
    /// <param name="nextTryTimeUs">When Stripe tries again; null: it does not.</param>
    public static MailDraft? PaymentFailed(LetterTo to, Payment.Types.Kind kind, string paymentId, string attempt, MinorAmount amount, string? failureReason, long failTimeUs, long? nextTryTimeUs) =>
        kind != Payment.Types.Kind.RecurringSubsequent ? null : new()
        {
            Template = MailTemplate.PaymentFailed,
            To = to,
            Values = new() { Reference = to.Reference, AmountMinor = amount.Minor, Currency = amount.Currency, FailureReason = failureReason ?? "declined", NextPaymentTimeUs = nextTryTimeUs },
            DedupeKey = $"payment-failed/{paymentId}/{attempt}",
            ExpireTimeUs = failTimeUs + FailureLife,
        };

    /// <summary>The card expires before the next payment; once per pledge and month of expiry.</summary>
    /// <param name="to">Whose.</param>
    /// <param name="expireYear">Four digits, from the card.</param>
    /// <param name="expireMonth">1 to 12; the card works to the end of it.</param>
    /// <param name="nextPaymentTimeUs">When the next payment is due; null: not known.</param>
    public static MailDraft CardExpiring(LetterTo to, int expireYear, int expireMonth, long? nextPaymentTimeUs) => new()
    {
        Template = MailTemplate.CardExpiring,
        To = to,
        Values = new() { Reference = to.Reference, CardExpireYear = expireYear, CardExpireMonth = expireMonth, NextPaymentTimeUs = nextPaymentTimeUs },
        DedupeKey = string.Create(CultureInfo.InvariantCulture, $"card-expiring/{to.PledgeId}/{expireYear}-{expireMonth:00}"),
        ExpireTimeUs = new DateTimeOffset(expireYear, expireMonth, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1).ToMicros(),
    };

    /// <summary>An annual payment comes up (15 days ahead); once per pledge and day of payment.</summary>
    /// <param name="to">Whose.</param>
    /// <param name="amount">What will be charged.</param>
    /// <param name="paymentTimeUs">When.</param>
    public static MailDraft PreDebitNotice(LetterTo to, MinorAmount amount, long paymentTimeUs) => new()
    {
        Template = MailTemplate.PreDebitNotice,
        To = to,
        Values = new() { Reference = to.Reference, AmountMinor = amount.Minor, Currency = amount.Currency, NextPaymentTimeUs = paymentTimeUs },
        DedupeKey = string.Create(CultureInfo.InvariantCulture, $"pre-debit/{to.PledgeId}/{UnixMicros.ToDateTimeOffset(paymentTimeUs):yyyy-MM-dd}"),
        ExpireTimeUs = paymentTimeUs,
    };

    /// <summary>A recurring pledge was cancelled; once per pledge and day.</summary>
    /// <param name="to">Whose.</param>
    /// <param name="cancelTimeUs">When it was.</param>
    /// <param name="endTimeUs">End of the paid period, where it runs until then; null: it ended at once.</param>
    public static MailDraft Cancelled(LetterTo to, long cancelTimeUs, long? endTimeUs) => new()
    {
        Template = MailTemplate.Cancelled,
        To = to,
        Values = new() { Reference = to.Reference, EndTimeUs = endTimeUs },
        DedupeKey = string.Create(CultureInfo.InvariantCulture, $"cancelled/{to.PledgeId}/{UnixMicros.ToDateTimeOffset(cancelTimeUs):yyyy-MM-dd}"),
        ExpireTimeUs = cancelTimeUs + CancelLife,
    };

    /// <summary>A reader asked to be reminded; once per reminder and month.</summary>
    /// <param name="reminderId">The reminder.</param>
    /// <param name="campaignId">What it is about.</param>
    /// <param name="locale">The mail's BCP-47 tag.</param>
    /// <param name="expireTimeUs">When it is too late: inside the month that it counts for.</param>
    public static MailDraft Reminder(string reminderId, string campaignId, string locale, long expireTimeUs) => new()
    {
        Template = MailTemplate.Reminder,
        To = new("", "", "", locale),
        ReminderId = reminderId,
        Values = new() { Reference = "", CampaignId = campaignId },
        DedupeKey = ReminderKey(reminderId, expireTimeUs),
        ExpireTimeUs = expireTimeUs,
    };

    /// <summary>Names a reminder's mail in the outbox.</summary>
    public static string ReminderKey(string reminderId, long expireTimeUs) => string.Create(CultureInfo.InvariantCulture, $"reminder/{reminderId}/{UnixMicros.ToDateTimeOffset(expireTimeUs):yyyy-MM}");
}
