using Donations.Server.Mail;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using PaymentKind = Donations.V1.Payment.Types.Kind;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>Queues the mail that donors agreed to, in the transaction of the fact that it tells.</summary>
internal sealed class PledgeLetters(MailOutbox outbox, TimeProvider time)
{
    /// <summary>What is known of a payment is news to a donor who agreed to mail: it was taken, or an attempt failed.</summary>
    public void Told(SqliteConnection connection, PledgeRow pledge, PaymentRow payment)
    {
        if (!payment.Succeeded)
        {
            outbox.Add(connection, Letters.PaymentFailed(To(pledge), (PaymentKind)payment.Kind, payment.PaymentId, payment.StripeChargeId ?? "", payment.Amount, payment.FailureReason, time.NowMicros(), null));
            return;
        }

        // The renewal's own event may come before the one that moves the date on.
        var payTime = payment.PayTimeUs ?? time.NowMicros();
        var next = pledge.Recurring && pledge.NextPaymentTimeUs > payTime + UnixMicros.PerDay ? pledge.NextPaymentTimeUs : null;
        outbox.Add(connection, Letters.Receipt(To(pledge), payment.PaymentId, payment.Amount, payTime, next));
    }

    /// <summary>A pledge moved: that it ends is told once; that its payments are in again withdraws what said they were not.</summary>
    public void Moved(SqliteConnection connection, PledgeRow before, PledgeRow after)
    {
        if (before.State == State.PastDue && after.State != State.PastDue)
            outbox.Withdraw(connection, after.PledgeId, MailTemplate.PaymentFailed);
        if (!Agreed(after) || !PledgeLifecycle.IsRunning(before.State) || before.CancelAtPeriodEnd || after.CancelReason == Pledge.Types.CancelReason.Fraud)
            return;
        if (after.State == State.Cancelled)
            outbox.Add(connection, Letters.Cancelled(To(after), time.NowMicros(), null));
        else if (after.CancelAtPeriodEnd)
            outbox.Add(connection, Letters.Cancelled(To(after), time.NowMicros(), after.NextPaymentTimeUs));
    }

    public void CardExpiring(SqliteConnection connection, PledgeRow pledge)
    {
        if (Agreed(pledge) && pledge.CardExpireMonth is { } month)
            outbox.Add(connection, Letters.CardExpiring(To(pledge), (int)(month / 12), (int)(month % 12) + 1, pledge.NextPaymentTimeUs));
    }

    public void PreDebit(SqliteConnection connection, PledgeRow pledge)
    {
        if (Agreed(pledge))
            outbox.Add(connection, Letters.PreDebitNotice(To(pledge), pledge.NextAmountMinor is { } next ? new(next, pledge.Currency) : pledge.Amount, pledge.NextPaymentTimeUs!.Value));
    }

    private static LetterTo To(PledgeRow pledge) => new(pledge.PledgeId, pledge.DonorId, pledge.Reference, pledge.Locale);

    /// <summary>The donor agreed to mail about the pledge.</summary>
    public static bool Agreed(PledgeRow pledge) =>
        pledge.Consents is { } bytes && CreatePledgeRequest.Parser.ParseFrom(bytes).Consents.Any(c => c is { Purpose: Consent.Types.Purpose.ServiceMail, Granted: true });
}

/// <summary>Tells donors ahead: that a card expires (30 days), that an annual payment comes (15 days). Each once.</summary>
internal sealed class NoticesAhead(Database database, PledgeLetters letters, TimeProvider time) : IChore
{
    private const long CardDays = 30;
    private const long AnnualDays = 15;
    private const int Batch = 200;

    public TimeSpan Every => TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        // A card works to the end of its month: thirty days before that is a day of the month itself or of the one before.
        var (from, to) = (MonthOf(now), MonthOf(now + (CardDays * UnixMicros.PerDay)) - 1);
        if (to >= from)
            await EachAsync((c, after) => PledgeStore.ListExpiringCards(c, from, to, after, Batch), letters.CardExpiring, cancellationToken);
        foreach (var planned in (bool[])[false, true])
            await EachAsync((c, after) => PledgeStore.ListAnnualPayments(c, planned, now, now + (AnnualDays * UnixMicros.PerDay), after, Batch), letters.PreDebit, cancellationToken);
    }

    private async Task EachAsync(Func<SqliteConnection, string, List<PledgeRow>> list, Action<SqliteConnection, PledgeRow> tell, CancellationToken cancellationToken)
    {
        for (var after = ""; ;)
        {
            var batch = database.Read(c => list(c, after), cancellationToken);
            if (batch.Count > 0)
                await database.WriteAsync((SqliteConnection c) => batch.ForEach(p => tell(c, p)));
            if (batch.Count < Batch)
                return;
            after = batch[^1].PledgeId;
        }
    }

    private static long MonthOf(long micros)
    {
        var date = UnixMicros.ToDateTimeOffset(micros);
        return (date.Year * 12L) + date.Month - 1;
    }
}
