using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Benchmarks.Books;

/// <summary>A pledge as its last row says; <paramref name="CancelTimeUs"/> is null while it gives.</summary>
internal sealed record MadePledge(
    string PledgeId, long Number, string CampaignId, string Fund, long Placement, PledgeInterval Interval, string Currency, long AmountMinor, long FeeCoverMinor, long CreateTimeUs, long? CancelTimeUs = null)
{
    public GiftFacts Gift(Payment.Types.Kind kind) => new(kind, AmountMinor, FeeCoverMinor, Currency, new(CampaignId, Fund, (int)Placement));
}

/// <summary>Something that happened, with the rows that the service would have written for it.</summary>
internal sealed record Happening(MadePledge? Pledge = null, PaymentRow? Payment = null, RefundRow? Refund = null, JournalDraft? Draft = null);

/// <summary>
/// Ten years of gifts, oldest first, the same at every run: one-time, monthly and annual ones in four currencies for a dozen campaigns;
/// one in fifty is refunded, one more in fifty fails, and Stripe pays out every day. Times, ids and amounts are made up; the postings are
/// the service's own rules.
/// </summary>
internal sealed class GivingHistory(int payments)
{
    public static readonly long StartUs = new DateTimeOffset(2016, 7, 1, 0, 0, 0, TimeSpan.Zero).ToMicros();
    public static readonly long EndUs = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero).ToMicros();

    private const double OneTime = 0.3;
    private const double Annual = 0.1;
    private const double Refunded = 0.02;
    private const double Failed = 0.02;
    private static readonly string[] Campaigns = ["press-in-exile", "winter-appeal", "local-news", "investigations", "war-archive", "podcast", "legal-aid", "newsletter", "fact-checking", "culture", "regions", "archive"];
    private static readonly string[] Funds = ["general", "legal-defence", "equipment"];
    private static readonly long[] Amounts = [200, 500, 500, 1000, 1000, 2000, 5000, 10_000];
    private static readonly string[] Donors = ["USD", "USD", "USD", "USD", "USD", "USD", "EUR", "EUR", "EUR", "GBP", "GBP", "JPY"];

    private readonly Random _random = new(20_260_701);
    private readonly PriorityQueue<JournalDraft, long> _due = new();
    private readonly Dictionary<string, long> _balance = [];
    private readonly MadePledge?[] _monthly = new MadePledge?[Math.Max(1, (int)(payments * (1 - OneTime - Annual) / 120))];
    private readonly MadePledge?[] _annual = new MadePledge?[Math.Max(1, (int)(payments * Annual / 10))];
    private long _ids;
    private long _stripeIds;
    private long _turn;

    public IEnumerable<Happening> Play()
    {
        var (gap, day) = ((EndUs - StartUs) / payments, StartUs + UnixMicros.PerDay);
        for (var i = 0L; i < payments; i++)
        {
            var time = StartUs + (i * gap) + _random.NextInt64(gap);
            for (; time >= day; day += UnixMicros.PerDay)
                PayOut(day - 1);
            foreach (var draft in DueBefore(time))
                yield return new(Draft: draft);
            var pick = _random.NextDouble();
            foreach (var happening in pick < OneTime ? GiveOnce(time) : pick < OneTime + Annual ? Renew(_annual, PledgeInterval.Annual, 0.3, time) : Renew(_monthly, PledgeInterval.Monthly, 0.03, time))
                yield return happening;
        }

        foreach (var draft in DueBefore(EndUs))
            yield return new(Draft: draft);
        foreach (var pledge in _monthly.Concat(_annual).OfType<MadePledge>())
            yield return new(pledge);
    }

    private IEnumerable<Happening> GiveOnce(long time)
    {
        var pledge = NewPledge(PledgeInterval.OneTime, time);
        yield return new(pledge);
        foreach (var happening in Give(pledge, Payment.Types.Kind.OneTime, time))
            yield return happening;
    }

    /// <summary>The next of the pool gives again, or somebody new takes its place.</summary>
    private IEnumerable<Happening> Renew(MadePledge?[] pool, PledgeInterval interval, double churn, long time)
    {
        ref var place = ref pool[_turn++ % pool.Length];
        var before = place;
        var stays = before is not null && _random.NextDouble() >= churn;
        var pledge = stays ? before! : place = NewPledge(interval, time);
        return Renew(before, pledge, time);
    }

    private IEnumerable<Happening> Renew(MadePledge? before, MadePledge pledge, long time)
    {
        if (before is not null && before != pledge)
            yield return new(before with { CancelTimeUs = time });
        foreach (var happening in Give(pledge, pledge == before ? Payment.Types.Kind.RecurringSubsequent : Payment.Types.Kind.RecurringFirst, time))
            yield return happening;
    }

    private IEnumerable<Happening> Give(MadePledge pledge, Payment.Types.Kind kind, long time)
    {
        var row = new PaymentRow(
            NewId(time), pledge.PledgeId, pledge.PledgeId, pledge.CampaignId, pledge.Fund, pledge.Placement, (long)pledge.Interval, (long)kind, (long)Payment.Types.State.Failed, pledge.Currency, pledge.AmountMinor,
            pledge.FeeCoverMinor, 0, null, "card_declined", StripeId("pi"), null, null, null, null, null, null, null, null, time);
        if (_random.NextDouble() < Failed)
            yield return new(Payment: row with { PaymentId = NewId(time), StripePaymentIntentId = StripeId("pi") });

        var charge = StripeId("ch");
        var (currency, rate) = SettlementOf(pledge.Currency);
        var gross = rate is null ? pledge.AmountMinor : (long)Math.Round(pledge.AmountMinor * decimal.Parse(rate, null) * (pledge.Currency == "JPY" ? 100 : 1));
        var fee = (gross * 29 / 1000) + 30;
        var facts = new BalanceTransactionFacts(StripeId("txn"), "charge", charge, gross, fee, gross - fee, currency, rate, time, time + (2 * UnixMicros.PerDay));
        var draft = PostingRules.ForBalanceTransaction(facts, pledge.Gift(kind), livemode: false);
        _balance[currency] = _balance.GetValueOrDefault(currency) + facts.NetMinor;
        var refundTime = time + _random.NextInt64(20 * UnixMicros.PerDay);
        var refunded = _random.NextDouble() < Refunded && refundTime < EndUs;
        var payment = row with
        {
            State = (long)Payment.Types.State.Succeeded,
            PayTimeUs = time,
            FailureReason = null,
            RefundedMinor = refunded ? pledge.AmountMinor : 0,
            StripeChargeId = charge,
            StripeBalanceTransactionId = facts.Id,
            SettlementCurrency = currency,
            SettlementGrossMinor = gross,
            SettlementFeeMinor = fee,
            SettlementNetMinor = facts.NetMinor,
            ExchangeRate = rate,
            AvailableTimeUs = facts.AvailableTimeMicros,
        };
        yield return new(Payment: payment, Refund: refunded ? Refund(payment, facts, pledge.Gift(kind), refundTime) : null, Draft: draft);
    }

    private RefundRow Refund(PaymentRow payment, BalanceTransactionFacts charged, GiftFacts gift, long time)
    {
        var refund = new RefundRow(NewId(time), payment.PaymentId, payment.AmountMinor, payment.Currency, (long)V1.Refund.Types.State.Succeeded, (long)V1.Refund.Types.Reason.RequestedByDonor, null, StripeId("re"), time);
        var facts = charged with { Id = StripeId("txn"), ReportingCategory = "refund", SourceId = refund.StripeRefundId, AmountMinor = -charged.AmountMinor, FeeMinor = 0, NetMinor = -charged.AmountMinor, CreateTimeMicros = time };
        _due.Enqueue(PostingRules.ForBalanceTransaction(facts, gift, livemode: false), time);
        return refund;
    }

    /// <summary>What lies on Stripe's balance leaves it at the end of the day and is at the bank two days later.</summary>
    private void PayOut(long time)
    {
        foreach (var (currency, amount) in _balance.Where(b => b.Value > 0).ToList())
        {
            var payout = StripeId("po");
            _due.Enqueue(PostingRules.ForBalanceTransaction(new(StripeId("txn"), "payout", payout, -amount, 0, -amount, currency, null, time, time), null, livemode: false), time);
            _due.Enqueue(PostingRules.ForPayoutPaid(payout, amount, currency, time + (2 * UnixMicros.PerDay), livemode: false), time + (2 * UnixMicros.PerDay));
            _balance[currency] = 0;
        }
    }

    private IEnumerable<JournalDraft> DueBefore(long time)
    {
        while (_due.TryPeek(out _, out var at) && at < time)
            yield return _due.Dequeue();
    }

    private MadePledge NewPledge(PledgeInterval interval, long time)
    {
        var currency = Donors[_random.Next(Donors.Length)];
        var amount = Amounts[_random.Next(Amounts.Length)];
        var cover = _random.NextDouble() < 0.2 ? amount / 20 : 0;
        return new(
            NewId(time), _ids, Campaigns[_random.Next(Campaigns.Length)], Funds[_random.Next(Funds.Length)], _random.Next(1, 5), interval, currency, amount + cover, cover, time);
    }

    private static (string Currency, string? Rate) SettlementOf(string currency) => currency switch
    {
        "GBP" => ("EUR", "1.1575"),
        "JPY" => ("USD", "0.0067"),
        _ => (currency, null),
    };

    /// <summary>An id as the service makes them, with a number in place of the random part.</summary>
    private string NewId(long micros)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, micros / 1000 << 16);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[8..], ++_ids);
        return Ids.Encode(bytes, Ids.Length);
    }

    /// <summary>As long as Stripe's are and, like theirs, roughly in the order of time.</summary>
    private string StripeId(string prefix) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}_3P{++_stripeIds:D22}");
}
