using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Payments;

/// <summary>The account's money: balance transactions, what of them is available, payouts.</summary>
internal sealed class Ledger(World world)
{
    private const long Day = 86400;

    private readonly SortedDictionary<string, long> _available = new(StringComparer.Ordinal);
    private readonly List<BalanceTransaction> _pending = [];
    private readonly List<BalanceTransaction> _unpaid = [];

    /// <summary>Available and pending amounts per currency at this moment.</summary>
    public (IReadOnlyDictionary<string, long> Available, IReadOnlyDictionary<string, long> Pending) Balance()
    {
        Settle();
        var pending = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var transaction in _pending)
            pending[transaction.Currency] = pending.GetValueOrDefault(transaction.Currency) + transaction.Net;
        foreach (var currency in _available.Keys.Union(pending.Keys).ToList())
        {
            pending.TryAdd(currency, 0);
            _available.TryAdd(currency, 0);
        }
        return (_available, pending);
    }

    /// <summary>Rebuilds the running sums after a restart.</summary>
    public void Restore(BalanceTransaction transaction)
    {
        _pending.Add(transaction);
        if (transaction.Payout is null)
            _unpaid.Add(transaction);
    }

    /// <summary>The balance transaction of a charge, which comes a while after the charge.</summary>
    public void SettleCharge(Charge charge)
    {
        if (charge.BalanceTransaction is not null || charge.Status != "succeeded")
            return;
        var settlement = world.Options.SettlementCurrency ?? charge.Currency;
        var rate = Rate(charge.Currency, settlement);
        var amount = rate is null ? charge.Amount : Round(charge.Amount * rate.Value);
        var fees = Fees(charge, amount, settlement);
        var card = TestCards.Get(charge.Card);
        var available = card.BypassPending ? world.Now : Midnight(world.Now + (long)world.Options.SettlementDelay.TotalSeconds);
        var transaction = Add("charge", "charge", charge.Id, settlement, amount, available, charge.Description, fees, rate);
        world.Events.Change("charge.updated", charge, () => charge.BalanceTransaction = transaction.Id);
        if (available <= world.Now)
            Announce();
    }

    /// <summary>The money of a refund, at the rate of its own day: the one of the charge is history.</summary>
    public BalanceTransaction AddRefund(Refund refund, Charge charge, bool failure)
    {
        var settlement = world.Options.SettlementCurrency ?? charge.Currency;
        var rate = Rate(charge.Currency, settlement);
        var amount = rate is null ? refund.Amount : Round(refund.Amount * rate.Value);
        return failure
            ? Add("refund_failure", "refund_failure", refund.Id, settlement, amount, world.Now, "REFUND FAILURE FOR CHARGE", rate: rate)
            : Add("refund", "refund", refund.Id, settlement, -amount, world.Now, "REFUND FOR CHARGE", rate: rate);
    }

    /// <summary>The money of a dispute as it goes, with the fee, or as it comes back; each at the rate of its own day.</summary>
    public BalanceTransaction AddDispute(Dispute dispute, Charge charge, bool reversal)
    {
        var settlement = world.Options.SettlementCurrency ?? charge.Currency;
        var rate = Rate(charge.Currency, settlement);
        var amount = rate is null ? dispute.Amount : Round(dispute.Amount * rate.Value);
        var fee = world.Options.DisputeFee;
        return reversal
            ? Add("adjustment", "dispute_reversal", dispute.Id, settlement, amount, world.Now, $"Chargeback reversal for {charge.Id}",
                world.Options.DisputeFeeReturned ? [new() { Amount = -fee, Description = "Dispute fee" }] : null, rate)
            : Add("adjustment", "dispute", dispute.Id, settlement, -amount, world.Now, $"Chargeback withdrawal for {charge.Id}",
                [new() { Amount = fee, Description = "Dispute fee" }], rate);
    }

    /// <summary>Pays out, per currency, everything that is available.</summary>
    public void PayOut()
    {
        if (Settle())
            Announce();
        foreach (var batch in _unpaid.Where(t => t.AvailableOn <= world.Now).GroupBy(t => t.Currency, StringComparer.Ordinal).ToList())
        {
            var amount = batch.Sum(t => t.Net);
            if (amount <= 0)
                continue;
            var payout = CreatePayout(batch.Key, amount, automatic: true, payout => payout.Description = "STRIPE PAYOUT");
            foreach (var transaction in batch.Append(world.Store.Get<BalanceTransaction>(payout.BalanceTransaction!)))
            {
                transaction.Payout = payout.Id;
                world.Store.Touch(transaction);
            }
            world.Schedule(JobKind.PayoutReconciled, payout.Id, world.Now + (long)world.Options.PayoutReconciliationDelay.TotalSeconds);
        }
        _unpaid.RemoveAll(t => t.Payout is not null);
    }

    public Payout CreatePayout(string currency, long amount, bool automatic, Action<Payout> fill)
    {
        var payout = new Payout
        {
            Id = world.Ids.Next("po_"),
            Created = world.Now,
            Amount = amount,
            Currency = currency,
            ArrivalDate = Midnight(world.Now + (long)world.Options.PayoutTransit.TotalSeconds),
            Automatic = automatic,
            ReconciliationStatus = automatic ? "in_progress" : "not_applicable",
        };
        fill(payout);
        payout.BalanceTransaction = Add("payout", "payout", payout.Id, currency, -amount, world.Now, payout.Description).Id;
        world.Store.Add(payout);
        world.Events.Emit("payout.created", payout);
        world.Schedule(JobKind.PayoutPaid, payout.Id, payout.ArrivalDate);
        return payout;
    }

    public void CompletePayout(Payout payout)
    {
        if (payout.Status != "in_transit")
            return;
        world.Events.Change("payout.updated", payout, () => payout.Status = "paid");
        world.Events.Emit("payout.paid", payout);
    }

    /// <summary>The bank returns a payout, on its way or after it arrived: its money is on the balance again, for the next one.</summary>
    public void ReturnPayout(Payout payout) => world.Events.Change("payout.failed", payout, () =>
    {
        (payout.Status, payout.FailureCode) = ("failed", "account_closed");
        payout.FailureBalanceTransaction = Add("payout_failure", "payout_reversal", payout.Id, payout.Currency, payout.Amount, world.Now, "PAYOUT FAILURE").Id;
    });

    public void Reconcile(Payout payout)
    {
        payout.ReconciliationStatus = "completed";
        world.Store.Touch(payout);
        world.Events.Emit("payout.reconciliation_completed", payout);
    }

    /// <summary>The first midnight UTC at or after a time.</summary>
    public static long Midnight(long time) => (time + Day - 1) / Day * Day;

    private BalanceTransaction Add(
        string type, string category, string source, string currency, long amount, long availableOn, string? description = null,
        List<FeeDetail>? fees = null, decimal? rate = null)
    {
        var transaction = world.Store.Add(new BalanceTransaction
        {
            Id = world.Ids.Next("txn_"),
            Created = world.Now,
            Type = type,
            ReportingCategory = category,
            Source = source,
            Currency = currency,
            Amount = amount,
            AvailableOn = availableOn,
            Description = description,
            FeeDetails = fees,
            Fee = fees?.Sum(fee => fee.Amount) ?? 0,
            ExchangeRate = rate,
        });
        _pending.Add(transaction);
        _unpaid.Add(transaction);
        return transaction;
    }

    private List<FeeDetail> Fees(Charge charge, long amount, string settlement)
    {
        var options = world.Options;
        List<FeeDetail> fees =
        [
            new() { Amount = Round(amount * options.ProcessingRate) + options.FixedFees.GetValueOrDefault(settlement, options.FixedFee), Description = "Stripe processing fees" },
        ];
        if (world.Store.Find<Invoice>(world.Store.Find<PaymentIntent>(charge.PaymentIntent)?.Invoice)?.Subscription is not null)
            AddFee(options.BillingRate, "Billing - recurring charge");
        if (TestCards.Get(charge.Card).Country != options.AccountCountry)
            AddFee(options.InternationalCardRate, "International card surcharge");
        if (charge.Currency != settlement)
            AddFee(options.ConversionRate, "Currency conversion fee");
        return fees;

        void AddFee(decimal rate, string description)
        {
            if (Round(amount * rate) is var fee and not 0)
                fees.Add(new() { Amount = fee, Description = description });
        }
    }

    private decimal? Rate(string from, string to)
    {
        if (from == to)
            return null;
        var rates = world.Options.ExchangeRates;
        return Math.Round(rates.GetValueOrDefault(from, 1m) / rates.GetValueOrDefault(to, 1m), 6);
    }

    private void Announce() => world.Events.Emit("balance.available", world.Render.Balance());

    /// <summary>Moves what has become available. True if that brought money in.</summary>
    private bool Settle()
    {
        var now = world.Now;
        var gained = false;
        _pending.RemoveAll(transaction =>
        {
            if (transaction.AvailableOn > now)
                return false;
            _available[transaction.Currency] = _available.GetValueOrDefault(transaction.Currency) + transaction.Net;
            gained |= transaction.Net > 0;
            return true;
        });
        return gained;
    }

    private static long Round(decimal amount) => (long)Math.Round(amount, MidpointRounding.AwayFromZero);
}
