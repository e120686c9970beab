using Donations.Server.Payments;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Ledger;

/// <summary>Entries cannot be changed: what they are reported by must be known when they post, whichever events came.</summary>
public sealed class LostChargeEventTests
{
    [Fact]
    public async Task A_renewal_whose_charge_s_events_were_lost_is_booked_with_its_way_of_paying()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.PledgeAsync("monthly-10", Scenario.Usd(10));
        await scenario.SettleAsync();
        scenario.Simulator.Webhooks.DropRate = 1;
        await scenario.AdvanceAsync(TimeSpan.FromDays(32));
        await scenario.DeliverAsync("payment_intent.succeeded");
        await scenario.Server.Services.GetRequiredService<BooksSync>().SweepAsync(CancellationToken.None);
        Assert.Equal(["card", "card"], scenario.Query<string?>("SELECT method FROM journal_lines WHERE account IN ('4010', '4020')"));
        await scenario.CheckBooksAsync();
    }
}
