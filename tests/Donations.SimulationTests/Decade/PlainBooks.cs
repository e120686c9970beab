using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Resources;
using Donations.V1;
using BalanceTransaction = Donations.StripeSimulator.Payments.BalanceTransaction;
using Dispute = Donations.StripeSimulator.Disputes.Dispute;
using Payout = Donations.StripeSimulator.Payments.Payout;
using Refund = Donations.StripeSimulator.Resources.Refund;

namespace Donations.SimulationTests.Decade;

/// <summary>A charge that was paid for a pledge.</summary>
internal sealed record PlainGift(Charge Charge, DecadePledge Pledge, Payment.Types.Kind Kind, Terms Terms, BalanceTransaction Settled)
{
    public long CoverMinor => Terms.CoverMinor;

    public string CampaignId => Pledge.Campaign.Name.Split('/')[1];

    public string Currency => Charge.Currency.ToUpperInvariant();

    public DateOnly Day => PlainBooks.DayOf(Charge.Created);
}

/// <summary>One line of the journal as it should be: positive is a debit.</summary>
internal sealed record PlainLine(DateOnly Day, string Document, string Journal, string Account, string Currency, long Minor, PlainGift? Gift, long? OriginalMinor = null, decimal? Rate = null);

/// <summary>
/// The books as docs/finance.md has them, made anew from the objects of Stripe's account alone and from what the harness itself did. Slow, simple, and without a
/// line in common with the server.
/// </summary>
internal sealed class PlainBooks
{
    private readonly DecadeWorld _world;
    private readonly DecadePeople _people;
    private readonly DecadeRun _run;
    private readonly Dictionary<string, PlainGift> _gifts = new(StringComparer.Ordinal);

    public PlainBooks(DecadeWorld world, DecadePeople people, DecadeRun run)
    {
        (_world, _people, _run) = (world, people, run);
        var store = world.Account.Store;
        Transactions = [.. store.BalanceTransactions.NewestFirst().Reverse()];
        Payouts = [.. store.Payouts.NewestFirst().Reverse()];
        foreach (var charge in store.Charges.NewestFirst().Reverse().Where(c => c.Status == "succeeded"))
        {
            if (PledgeOf(charge) is { } pledge)
                _gifts.Add(charge.Id, ToGift(charge, pledge));
        }

        foreach (var transaction in Transactions)
            Post(transaction);
        foreach (var payout in Payouts.Where(p => p.Status == "paid" || run.ReturnedPayouts.GetValueOrDefault(p.Id)))
        {
            Add(DayOf(payout.ArrivalDate), payout.Id, "payout", "1000", payout.Currency, payout.Amount, null);
            Add(DayOf(payout.ArrivalDate), payout.Id, "payout", "1020", payout.Currency, -payout.Amount, null);
        }

        foreach (var (id, day) in run.LostDays)
            PostLost(store.Get<Dispute>(id), day);
    }

    public List<PlainLine> Lines { get; } = [];

    public List<BalanceTransaction> Transactions { get; }

    public List<Payout> Payouts { get; }

    public IReadOnlyCollection<PlainGift> Gifts => _gifts.Values;

    public DecadeRun Run => _run;

    public DecadeWorld World => _world;

    public PlainGift? GiftOf(string? charge) => charge is null ? null : _gifts.GetValueOrDefault(charge);

    /// <summary>The gift that a balance transaction is about.</summary>
    public PlainGift? GiftOf(BalanceTransaction transaction) => _world.Account.Store.Find(transaction.Source) switch
    {
        Charge charge => GiftOf(charge.Id),
        Refund refund => GiftOf(refund.Charge),
        Dispute dispute => GiftOf(dispute.Charge),
        _ => null,
    };

    public static DateOnly DayOf(long seconds) => DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(seconds).Date);

    /// <summary>The posting rules, row by row.</summary>
    private void Post(BalanceTransaction t)
    {
        var gift = GiftOf(t);
        Line(t, "1010", t.Amount - t.Fee, null);
        switch (t.ReportingCategory)
        {
            case "charge" when gift is null:
                Line(t, "6000", t.Fee, null);
                Line(t, "2200", -t.Amount, null);
                break;
            case "charge":
                var cover = HalfEven((decimal)t.Amount * gift.CoverMinor / gift.Charge.Amount);
                Line(t, "6000", t.Fee, gift);
                Line(t, gift.Kind switch { Payment.Types.Kind.OneTime => "4000", Payment.Types.Kind.RecurringFirst => "4010", _ => "4020" }, -(t.Amount - cover), gift, gift.Charge.Amount - gift.CoverMinor);
                Line(t, "4050", -cover, gift, gift.CoverMinor);
                break;
            case "refund" or "refund_failure":
                Return(t, t.ReportingCategory == "refund" ? "4900" : "2100", gift, _world.Account.Store.Get<Refund>(t.Source!).Amount);
                break;
            case "dispute" or "dispute_reversal":
                Line(t, "6010", t.Fee, gift);
                var lost = t.ReportingCategory == "dispute_reversal" && _run.LostDays.ContainsKey(t.Source!);
                Return(t, lost ? "4910" : "1200", gift, _world.Account.Store.Get<Dispute>(t.Source!).Amount);
                break;
            case "payout":
                Line(t, "1020", -t.Amount, null);
                break;
            case "payout_reversal":
                Line(t, _run.ReturnedPayouts[t.Source!] ? "1000" : "1020", -t.Amount, null);
                break;
            default:
                throw new InvalidOperationException($"The checker has no rule for {t.ReportingCategory}");
        }
    }

    private void Return(BalanceTransaction t, string account, PlainGift? gift, long original)
    {
        var worth = AtGiftRate(t, gift, original);
        Line(t, gift is null ? "2200" : account, -worth, gift, original);
        Line(t, "7000", worth - t.Amount, gift);
    }

    private void PostLost(Dispute dispute, DateOnly day)
    {
        if (GiftOf(dispute.Charge) is not { } gift)
            return;
        var withdrawal = _world.Account.Store.Get<BalanceTransaction>(dispute.BalanceTransactions[0]);
        var worth = -AtGiftRate(withdrawal, gift, dispute.Amount);
        Add(day, dispute.Id, "dispute", "4910", withdrawal.Currency, worth, gift);
        Add(day, dispute.Id, "dispute", "1200", withdrawal.Currency, -worth, gift);
    }

    /// <summary>A part of a gift as it was settled, with the sign of what moves it.</summary>
    private static long AtGiftRate(BalanceTransaction t, PlainGift? gift, long original) =>
        gift is null || t.ExchangeRate is null ? t.Amount : Math.Sign(t.Amount) * HalfEven((decimal)gift.Settled.Amount * original / gift.Charge.Amount);

    private void Line(BalanceTransaction t, string account, long minor, PlainGift? gift, long? original = null) =>
        Add(DayOf(t.Created), t.Id, "balance_transaction", account, t.Currency, minor, gift, t.ExchangeRate is null || gift is null ? null : original, original is null || gift is null ? null : t.ExchangeRate);

    private void Add(DateOnly day, string document, string journal, string account, string currency, long minor, PlainGift? gift, long? original = null, decimal? rate = null)
    {
        if (minor != 0)
            Lines.Add(new(day, document, journal, account, currency.ToUpperInvariant(), minor, gift, original, rate));
    }

    private DecadePledge? PledgeOf(Charge charge)
    {
        var store = _world.Account.Store;
        var metadata = store.Get<PaymentIntent>(charge.PaymentIntent).Metadata;
        var name = metadata?.GetValueOrDefault("donations_pledge") ?? store.Find<Customer>(charge.Customer)?.Metadata?.GetValueOrDefault("donations_pledge");
        return name is null ? null : _people.Pledges[name];
    }

    private PlainGift ToGift(Charge charge, DecadePledge pledge)
    {
        var store = _world.Account.Store;
        var invoice = store.Find<Invoice>(store.Get<PaymentIntent>(charge.PaymentIntent).Invoice);
        var kind = invoice is null ? Payment.Types.Kind.OneTime : invoice.BillingReason == "subscription_create" ? Payment.Types.Kind.RecurringFirst : Payment.Types.Kind.RecurringSubsequent;
        var terms = kind == Payment.Types.Kind.RecurringSubsequent ? pledge.TermsAt(invoice!.Created) : pledge.Terms[0];
        if (terms.AmountMinor != charge.Amount)
            throw new InvalidOperationException($"{charge.Id} is of {charge.Amount}, and {pledge.Name} gives {terms.AmountMinor}");
        return new(charge, pledge, kind, terms, store.Get<BalanceTransaction>(charge.BalanceTransaction!));
    }

    public static long HalfEven(decimal amount) => (long)Math.Round(amount, MidpointRounding.ToEven);
}
