using Donations.Testing;
using Donations.V1;

namespace Donations.Tests.Stories;

/// <summary>A story on the composed server; after it, pledge, payments and ledger are what Stripe has, to the cent.</summary>
public abstract class Story : IAsyncLifetime
{
    internal Scenario Scenario { get; private set; } = null!;

    /// <summary>What differs from the shipped configuration.</summary>
    protected virtual Dictionary<string, string> Configuration => [];

    public async ValueTask InitializeAsync() => Scenario = await Scenario.StartAsync(Configuration);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Scenario.CheckAgainstStripeAsync();
        }
        finally
        {
            await Scenario.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    internal async Task<CreatePledgeResponse> PledgedAsync(string tier = "monthly-2", int dollars = 2, string paymentMethod = "pm_card_visa")
    {
        var made = await Scenario.PledgeAsync(tier, Scenario.Usd(dollars), paymentMethod);
        await Scenario.SettleAsync();
        return made;
    }

    internal async Task<UpdatePaymentMethodRequest> NewCardAsync(CreatePledgeResponse made, string paymentMethod = "pm_card_mastercard") => new()
    {
        Name = made.Pledge.Name,
        RequestId = Scenario.NewRequestId(),
        ConfirmationToken = await Scenario.TokenAsync(paymentMethod),
        ReturnUrl = "https://paper.example/account",
    };

    internal async Task<ConfirmPledgeResponse> ConfirmAsync(CreatePledgeResponse made) =>
        await Scenario.Pledges.ConfirmPledgeAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId() }, Scenario.Donor(made));

    internal async Task<Pledge.Types.State> StateAsync(CreatePledgeResponse made) => (await Scenario.GetAsync(made)).State;
}
