using Donations.StripeSimulator.Billing;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using WireMoney = Google.Type.Money;

namespace Donations.SimulationTests.Decade;

/// <summary>What readers and staff do, each on its day, through the service's own calls.</summary>
internal sealed class DecadePeople(DecadeWorld world, DecadeOptions options)
{
    private readonly PriorityQueue<Func<Task>, (int Day, int Donor, int Order)> _plans = new();
    private readonly Dictionary<string, DecadePledge> _bySubscription = new(StringComparer.Ordinal);
    private int _order;
    private int _day;

    /// <summary>Every pledge that was made, by its name.</summary>
    public Dictionary<string, DecadePledge> Pledges { get; } = new(StringComparer.Ordinal);

    /// <summary>How often what was done.</summary>
    public SortedDictionary<string, int> Done { get; } = new(StringComparer.Ordinal);

    public DecadePledge? Find(string subscription) => _bySubscription.GetValueOrDefault(subscription);

    /// <summary>Readers come from the first day on, more of them in the early years, so that there are long histories.</summary>
    public void Populate()
    {
        var random = new Random(options.Seed);
        for (var number = 0; number < options.Donors; number++)
        {
            var donor = new DecadeDonor(options.Seed, number);
            Plan((int)(options.Days * random.NextDouble() * random.NextDouble()), donor, () => GiveAsync(donor));
        }
    }

    public bool HasPlans(int day) => _plans.TryPeek(out _, out var next) && next.Day <= day;

    /// <summary>Does what this day brings, a second apart; after each deed somebody looks.</summary>
    public async Task ActAsync(int day, Action look)
    {
        _day = day;
        while (_plans.TryPeek(out var plan, out var next) && next.Day <= day)
        {
            _plans.Dequeue();
            world.PassTo(world.Time.GetUtcNow().AddSeconds(1));
            await plan();
            look();
        }
    }

    /// <summary>A payment failed: some readers put another card in.</summary>
    public void Late(string subscription, DateOnly day)
    {
        if (Find(subscription) is { } pledge && pledge.Donor.Chance(0.6))
            Plan(day.DayNumber - DateOnly.FromDateTime(DecadeOptions.Start.Date).DayNumber + 2, pledge.Donor, () => ReplaceCardAsync(pledge));
    }

    /// <summary>Finance closes the month before last: one person asks, another closes.</summary>
    public async Task CloseMonthAsync(DateOnly day)
    {
        var month = new V1.ClosePeriodRequest { Name = $"periods/{day.AddMonths(-2):yyyy-MM}" };
        Count("month closed");
        await world.Ledger.ClosePeriodAsync(month, world.As("finance", "anna"));
        await world.Ledger.ClosePeriodAsync(month, world.As("finance", "boris"));
    }

    public void Plan(int day, DecadeDonor? donor, Func<Task> work) => _plans.Enqueue(work, (day, donor?.Number ?? -1, _order++));

    private async Task GiveAsync(DecadeDonor donor)
    {
        var roll = donor.Random.Next(100);
        var (tier, interval) = roll < 45 ? (DecadeCatalog.Monthly, PledgeInterval.Monthly) : roll < 65 ? (DecadeCatalog.Annual, PledgeInterval.Annual) : (DecadeCatalog.Once, PledgeInterval.OneTime);
        var campaign = DecadeCatalog.Campaigns[donor.Random.Next(DecadeCatalog.Campaigns.Count)];
        var (appeal, placement) = campaign.Appeals[donor.Random.Next(campaign.Appeals.Count)];
        if (donor.Chance(0.1))
            appeal = "";
        var (amount, cover) = donor.PickAmount(interval);
        var request = new CreatePledgeRequest
        {
            RequestId = Scenario.NewRequestId(),
            Parent = donor.ManageCode.Length == 0 ? "" : "donors/me",
            Campaign = campaign.Name,
            Tier = $"{campaign.Name}/tiers/{tier}",
            Amount = Wire(amount, donor.Currency),
            ConfirmationToken = await TokenAsync(donor.Card),
            ReturnUrl = "https://paper.example/thanks",
            AllowDuplicate = true,
            Attribution = new() { Appeal = appeal, Placement = placement },
            Consents = { new Consent { Purpose = Consent.Types.Purpose.Terms, TextVersion = "terms-2026-11", Granted = true } },
        };
        if (cover > 0)
            request.FeeCoverAmount = Wire(cover, donor.Currency);
        CreatePledgeResponse made;
        try
        {
            made = await world.Pledges.CreatePledgeAsync(request, await DonorAsync(donor));
        }
        catch (RpcException e) when (e.Reason() == "CARD_DECLINED")
        {
            Count("first payment declined");
            donor.Another();
            if (donor.Chance(0.7))
                Plan(_day + 1, donor, () => GiveAsync(donor));
            return;
        }

        Count($"pledge {tier}");
        if (donor.ManageCode.Length == 0)
            donor.ManageCode = made.ManageCode;
        var pledge = new DecadePledge(made.Pledge.Name, donor, campaign, appeal, placement, interval != PledgeInterval.OneTime, donor.Currency);
        pledge.Terms.Add(new(Now, amount, cover, interval));
        donor.Pledges.Add(pledge);
        Pledges.Add(pledge.Name, pledge);
        if (pledge.Recurring)
        {
            pledge.Subscription = world.Account.Store.Subscriptions.NewestFirst().First(s => s.Metadata?["donations_pledge"] == pledge.Name).Id;
            _bySubscription.Add(pledge.Subscription, pledge);
            Plan(_day + 10, donor, () => LiveAsync(pledge));
        }
        else
        {
            PlanRefund(pledge, 0.05);
            if (donor.Chance(0.6))
                Plan(_day + 200 + donor.Random.Next(500), donor, () => GiveAsync(donor));
        }
    }

    /// <summary>A month, or a quarter of a year, of a recurring pledge.</summary>
    private async Task LiveAsync(DecadePledge pledge)
    {
        var (donor, factor) = (pledge.Donor, pledge.Terms[^1].Interval == PledgeInterval.Monthly ? 1 : 2);
        var roll = donor.Random.NextDouble() / factor;
        var subscription = world.Account.Store.Find<Subscription>(pledge.Subscription);
        if (subscription is null or { Ended: true })
        {
            // Many come back some day.
            if (donor.Chance(0.4))
                Plan(_day + 30 + donor.Random.Next(600), donor, () => GiveAsync(donor));
            return;
        }

        if (subscription.Status == "active")
            await (roll switch
            {
                < 0.020 => CancelAsync(pledge, false),
                < 0.032 => CancelAsync(pledge, true),
                < 0.052 => ChangeAmountAsync(pledge),
                < 0.062 => PauseAsync(pledge, subscription),
                < 0.085 => FailAsync(pledge),
                < 0.095 => ReplaceCardAsync(pledge),
                < 0.105 => ChangeIntervalAsync(pledge, subscription),
                _ => Task.CompletedTask,
            });
        PlanRefund(pledge, 0.012 * factor);
        Plan(_day + (30 * factor), donor, () => LiveAsync(pledge));
    }

    private async Task CancelAsync(DecadePledge pledge, bool atPeriodEnd)
    {
        pledge.EndAsked = true;
        Count(atPeriodEnd ? "cancel at period end" : "cancel");
        await world.Pledges.CancelPledgeAsync(new() { Name = pledge.Name, AtPeriodEnd = atPeriodEnd, Reason = Pledge.Types.CancelReason.TooExpensive }, world.As("support"));
    }

    private async Task ChangeAmountAsync(DecadePledge pledge)
    {
        var (amount, cover) = pledge.Donor.PickAmount(pledge.Terms[^1].Interval);
        Count(amount > pledge.Terms[^1].AmountMinor ? "amount up" : "amount down");
        var request = new ChangePledgeAmountRequest { Name = pledge.Name, RequestId = Scenario.NewRequestId(), Amount = Wire(amount, pledge.Currency) };
        if (cover > 0)
            request.FeeCoverAmount = Wire(cover, pledge.Currency);
        await world.Pledges.ChangePledgeAmountAsync(request, world.As("support"));
        pledge.Terms.Add(pledge.Terms[^1] with { From = Now, AmountMinor = amount, CoverMinor = cover });
    }

    /// <summary>Monthly instead of once a year, or the other way round, from the end of the paid period on.</summary>
    private async Task ChangeIntervalAsync(DecadePledge pledge, Subscription subscription)
    {
        if (subscription.PauseCollection is not null || subscription.CancelAtPeriodEnd)
            return;
        var interval = pledge.Terms[^1].Interval == PledgeInterval.Monthly ? PledgeInterval.Annual : PledgeInterval.Monthly;
        var (amount, cover) = pledge.Donor.PickAmount(interval);
        Count(interval == PledgeInterval.Annual ? "monthly to annual" : "annual to monthly");
        var request = new ChangePledgeIntervalRequest { Name = pledge.Name, RequestId = Scenario.NewRequestId(), Interval = interval, Amount = Wire(amount, pledge.Currency) };
        if (cover > 0)
            request.FeeCoverAmount = Wire(cover, pledge.Currency);
        await world.Pledges.ChangePledgeIntervalAsync(request, world.As("support"));
        pledge.Planned = new(0, amount, cover, interval);
    }

    private async Task PauseAsync(DecadePledge pledge, Subscription subscription)
    {
        if (subscription.PauseCollection is not null || subscription.CancelAtPeriodEnd)
            return;
        Count("pause");
        var until = world.Time.GetUtcNow().AddDays(40 + pledge.Donor.Random.Next(50));
        var planned = pledge.Donor.Chance(0.5);
        await world.Pledges.PausePledgeAsync(new() { Name = pledge.Name, ResumeTime = planned ? Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(until) : null }, world.As("support"));
        if (!planned)
            Plan(_day + (int)(until - world.Time.GetUtcNow()).TotalDays, pledge.Donor, () => ResumeAsync(pledge));
    }

    private async Task ResumeAsync(DecadePledge pledge)
    {
        if (world.Account.Store.Find<Subscription>(pledge.Subscription) is not { Ended: false, PauseCollection: not null })
            return;
        Count("resume");
        await world.Pledges.ResumePledgeAsync(new() { Name = pledge.Name }, world.As("support"));
    }

    /// <summary>From now on the card is declined, which nobody tells the service.</summary>
    private async Task FailAsync(DecadePledge pledge)
    {
        Count("card begins to fail");
        var subscription = world.Account.Store.Get<Subscription>(pledge.Subscription!);
        var card = await world.Stripe.PaymentMethods.AttachAsync("pm_card_chargeCustomerFail", new() { Customer = subscription.Customer });
        await world.Stripe.Subscriptions.UpdateAsync(subscription.Id, new() { DefaultPaymentMethod = card.Id });
    }

    private async Task ReplaceCardAsync(DecadePledge pledge)
    {
        if (world.Account.Store.Find<Subscription>(pledge.Subscription) is not { Ended: false })
            return;
        Count("card replaced");
        await world.Pledges.UpdatePaymentMethodAsync(
            new() { Name = pledge.Name, RequestId = Scenario.NewRequestId(), ConfirmationToken = await TokenAsync(pledge.Donor.Another()), ReturnUrl = "https://paper.example/account" }, world.As("support"));
    }

    private void PlanRefund(DecadePledge pledge, double share)
    {
        if (pledge.Donor.Chance(share) && !pledge.Donor.Disputes)
            Plan(_day + 1 + pledge.Donor.Random.Next(60), pledge.Donor, () => RefundAsync(pledge));
    }

    /// <summary>The newest payment goes back, whole or in part; by the service, or by somebody in Stripe's Dashboard.</summary>
    private async Task RefundAsync(DecadePledge pledge)
    {
        var paid = (await world.Payments.ListPaymentsAsync(new() { Pledge = pledge.Name }, world.As("finance"))).Payments.FirstOrDefault(p => p.State == Payment.Types.State.Succeeded);
        var (dashboard, whole) = (pledge.Donor.Chance(0.3), pledge.Donor.Chance(0.5));
        if (paid is null || paid.RefundedAmount is not null || world.Account.Store.DisputesByCharge[paid.Charge].Count > 0)
            return;
        var half = Minor(paid.Amount) / 2;
        Count(dashboard ? "refund in the Dashboard" : whole ? "refund" : "refund in part");
        if (dashboard)
            await world.Stripe.Refunds.CreateAsync(new() { PaymentIntent = paid.PaymentIntent, Amount = whole ? null : half });
        else
            await world.Payments.RefundPaymentAsync(
                new() { Name = paid.Name, RequestId = Scenario.NewRequestId(), Amount = whole ? null : Wire(half, paid.Amount.CurrencyCode), Reason = Refund.Types.Reason.RequestedByDonor }, world.As("finance"));
    }

    private async Task<string> TokenAsync(string card) => (await world.Stripe.TestHelpers.ConfirmationTokens.CreateAsync(new() { PaymentMethod = card })).Id;

    private async Task<CallOptions> DonorAsync(DecadeDonor donor) => donor.ManageCode.Length == 0
        ? default
        : TestServer.Bearer((await world.Pledges.ExchangeManageCodeAsync(new() { ManageCode = donor.ManageCode })).AccessToken);

    public void Count(string what) => Done[what] = Done.GetValueOrDefault(what) + 1;

    private long Now => world.Time.GetUtcNow().ToUnixTimeSeconds();

    public static long Minor(WireMoney? money) => money is null ? 0 : money.CurrencyCode == "JPY" ? money.Units : (money.Units * 100) + (money.Nanos / 10_000_000);

    public static WireMoney Wire(long minor, string currency) =>
        currency == "JPY" ? new() { CurrencyCode = currency, Units = minor } : new() { CurrencyCode = currency, Units = minor / 100, Nanos = (int)(minor % 100) * 10_000_000 };
}
