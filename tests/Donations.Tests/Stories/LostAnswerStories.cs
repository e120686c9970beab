using Donations.Server.Payments;
using Donations.StripeSimulator.Faults;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>Each change of a pledge whose answer from Stripe is lost, at each of its calls: it is finished once, by the worker or by the caller's next try.</summary>
public sealed class LostAnswerStories : Story
{
    // Lost for good: the SDK does not paper over it.
    protected override Dictionary<string, string> Configuration => new() { ["Stripe:NetworkRetries"] = "0" };

    public static TheoryData<string, int> Calls => new()
    {
        { "new card", 1 }, { "new card", 2 }, { "overdue", 1 }, { "overdue", 2 }, { "overdue", 3 }, { "lapsed", 1 }, { "lapsed", 2 },
        { "interval", 1 }, { "interval", 2 }, { "drop interval", 1 }, { "amount over plan", 1 }, { "amount over plan", 2 }, { "keep", 1 }, { "evidence", 1 },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task It_takes_effect_once(string what, int nth)
    {
        var made = await PreparedAsync(what);
        var subscriptions = (await Scenario.Stripe.Subscriptions.ListAsync(new() { Status = "all" })).Data.Count;
        var charges = await PaidAsync();
        var call = await CallAsync(what, made);
        Scenario.Simulator.Faults.Add(new Fault { Kind = FaultKind.LostResponse, Method = "POST", Nth = nth });
        var lost = false;
        try
        {
            await call();
        }
        catch (RpcException e)
        {
            Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", e.Reason());
            lost = true;
        }

        Assert.True(lost, "Nothing was lost: the call makes fewer requests than that");
        if (nth % 2 == 0)
            await Scenario.Server.Services.GetRequiredService<OperationsWorker>().RunDueAsync(evenLeased: true, CancellationToken.None);
        await call();
        await Scenario.SettleAsync();
        var pledge = await Scenario.GetAsync(made);
        var (state, newSubscriptions, newCharges) = what switch
        {
            "overdue" => (State.Active, 0, 1),
            "lapsed" => (State.Active, 1, 1),
            "evidence" => (State.Cancelled, 0, 0),
            _ => (State.Active, 0, 0),
        };
        Assert.Equal((state, subscriptions + newSubscriptions, charges + newCharges), (pledge.State, (await Scenario.Stripe.Subscriptions.ListAsync(new() { Status = "all" })).Data.Count, await PaidAsync()));
        Assert.Equal(what == "interval", pledge.ScheduledChange is not null);
        Assert.Equal(0, Scenario.Count("SELECT count(*) FROM stripe_operations WHERE state = 1"));
    }

    private async Task<CreatePledgeResponse> PreparedAsync(string what)
    {
        var made = await PledgedAsync("monthly-10", 10, what == "evidence" ? "pm_card_createDispute" : "pm_card_visa");
        switch (what)
        {
            case "overdue" or "lapsed":
                await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
                await Scenario.AdvanceAsync(TimeSpan.FromDays(what == "overdue" ? 32 : 60));
                break;
            case "drop interval" or "amount over plan":
                await Scenario.Pledges.ChangePledgeIntervalAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Interval = PledgeInterval.Annual, Amount = Scenario.Usd(100) }, Scenario.Donor(made));
                break;
            case "keep":
                await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(made));
                break;
            case "evidence":
                await Scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
                break;
        }

        return made;
    }

    /// <summary>The change, the same bytes each time.</summary>
    private async Task<Func<Task>> CallAsync(string what, CreatePledgeResponse made)
    {
        var (name, requestId, donor) = (made.Pledge.Name, Scenario.NewRequestId(), Scenario.Donor(made));
        switch (what)
        {
            case "interval" or "drop interval":
                var monthly = what == "drop interval";
                var interval = new ChangePledgeIntervalRequest { Name = name, RequestId = requestId, Interval = monthly ? PledgeInterval.Monthly : PledgeInterval.Annual, Amount = Scenario.Usd(monthly ? 10 : 100) };
                return async () => await Scenario.Pledges.ChangePledgeIntervalAsync(interval, donor);
            case "amount over plan":
                return async () => await Scenario.Pledges.ChangePledgeAmountAsync(new() { Name = name, RequestId = requestId, Amount = Scenario.Usd(12) }, donor);
            case "keep":
                return async () => await Scenario.Pledges.ResumePledgeAsync(new() { Name = name }, donor);
            case "evidence":
                var dispute = Assert.Single((await Scenario.Payments.ListDisputesAsync(new(), Scenario.Server.As("support"))).Disputes);
                return async () => await Scenario.Payments.SubmitDisputeEvidenceAsync(new() { Name = dispute.Name, RequestId = requestId, Text = "They gave." }, Scenario.Server.As("support"));
            default:
                var card = await NewCardAsync(made);
                return async () => await Scenario.Pledges.UpdatePaymentMethodAsync(card, donor);
        }
    }

    private async Task<int> PaidAsync() => (await Scenario.Stripe.Charges.ListAsync(new() { Limit = 100 })).Data.Count(c => c.Paid);
}
