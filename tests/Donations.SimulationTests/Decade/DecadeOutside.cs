using Donations.StripeSimulator.Disputes;

namespace Donations.SimulationTests.Decade;

/// <summary>What goes on outside the newsroom: rates, banks, and others who charge on the same Stripe account.</summary>
internal sealed class DecadeOutside(DecadeWorld world, DecadePeople people, DecadeOptions options)
{
    private readonly Random _random = new(options.Seed + 77);
    private readonly Dictionary<string, decimal> _rates = new() { ["eur"] = 1.08m, ["gbp"] = 1.27m, ["jpy"] = 0.67m };
    private int _disputes;

    /// <summary>Payouts that the bank returned, and whether they had arrived before.</summary>
    public Dictionary<string, bool> Returned { get; } = new(StringComparer.Ordinal);

    /// <summary>Rates drift every week, by at most three percent.</summary>
    public void Drift(int day)
    {
        if (day % 7 != 0)
            return;
        foreach (var currency in _rates.Keys.Order(StringComparer.Ordinal).ToList())
        {
            // Back towards where it began, so that ten years do not carry it away.
            var rate = Math.Round(_rates[currency] * (0.97m + (_random.Next(601) * 0.0001m)), 4);
            _rates[currency] = rate is < 0.5m or > 1.6m ? 1m : rate;
            world.Simulator.SetExchangeRate(currency, _rates[currency]);
        }
    }

    /// <summary>Once a month somebody is charged for something else than a gift; some of it goes back.</summary>
    public async Task SellAsync(int day)
    {
        if (day % 30 != 17)
            return;
        var number = day / 30;
        var currency = number % 2 == 0 ? "eur" : "usd";
        var intent = await world.Stripe.PaymentIntents.CreateAsync(new()
        {
            Amount = 1234 + number,
            Currency = currency,
            PaymentMethod = number % 10 == 9 ? "pm_card_createDispute" : "pm_card_visa",
            Confirm = true,
            AutomaticPaymentMethods = new() { Enabled = true, AllowRedirects = "never" },
        });
        people.Count("charge for something else");
        if (number % 6 == 5)
            people.Plan(day + 12, null, () => world.Stripe.Refunds.CreateAsync(new() { PaymentIntent = intent.Id, Amount = 500 }));
    }

    /// <summary>Disputes that came up: answered, lost by silence, or, long after they were lost, decided anew.</summary>
    public void Dispute(int day)
    {
        var store = world.Account.Store;
        for (var fresh = store.Disputes.Count - _disputes; fresh > 0; fresh--)
        {
            var dispute = store.Disputes.NewestFirst().ElementAt(fresh - 1);
            people.Count(dispute.Inquiry ? "inquiry" : "dispute");
            var turn = _disputes++ % 5;
            if (!dispute.Inquiry && turn < 3)
                people.Plan(day + 3, null, () => AnswerAsync(dispute, turn < 2 ? "winning_evidence" : "losing_evidence"));
            if (turn == 3)
                people.Plan(day + 75, null, () => ReverseAsync(dispute));
        }
    }

    /// <summary>Now and then the bank returns a payout: one that is on its way, or one that arrived some days ago.</summary>
    public void ReturnPayout(int day)
    {
        if (day % 45 != 44)
            return;
        var arrived = day % 2 == 0;
        var latest = world.Time.GetUtcNow().AddDays(-4).ToUnixTimeSeconds();
        var payout = world.Account.Store.Payouts.NewestFirst().FirstOrDefault(p => arrived ? p.Status == "paid" && p.ArrivalDate < latest : p.Status == "in_transit");
        if (payout is null || !world.Simulator.ReturnPayout(payout.Id))
            return;
        Returned.Add(payout.Id, arrived);
        people.Count(arrived ? "arrived payout returned" : "payout returned on its way");
    }

    private async Task AnswerAsync(Dispute dispute, string text)
    {
        if (!dispute.Closed)
            await world.Stripe.Disputes.UpdateAsync(dispute.Id, new() { Evidence = new() { UncategorizedText = text }, Submit = true });
    }

    private Task ReverseAsync(Dispute dispute)
    {
        if (world.Simulator.ReverseLostDispute(dispute.Id))
            people.Count("lost dispute reversed");
        return Task.CompletedTask;
    }
}
