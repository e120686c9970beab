using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.SimulationTests;

/// <summary>
/// R3 in small: a network to Stripe that loses requests before they arrive and answers after they took effect. Every pledge is charged
/// exactly once, none is called failed that Stripe calls succeeded, and the books equal Stripe's balance.
/// </summary>
public sealed class HostileStripeTests(ITestOutputHelper output)
{
    private const int Pledges = 40;
    private const int Parallel = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task With_thirty_percent_faults_every_pledge_is_charged_exactly_once(int seed)
    {
        await using var scenario = await Scenario.StartAsync();
        var requests = new List<CreatePledgeRequest>();
        for (var i = 0; i < Pledges; i++)
            requests.Add(await scenario.RequestAsync(i % 2 == 0 ? "monthly-2" : "one-time-free"));

        var network = scenario.Server.Services.GetRequiredService<StripeNetwork>();
        var faults = new Faults(seed);
        network.BeforeSend = _ => faults.MaybeAsync();
        network.AfterReceive = _ => faults.MaybeAsync();
        using (var gate = new SemaphoreSlim(Parallel))
        {
            await Task.WhenAll(requests.Select(async request =>
            {
                await gate.WaitAsync();
                try
                {
                    await scenario.Pledges.CreatePledgeAsync(request);
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    // Nobody knows: the client will ask again.
                }
                finally
                {
                    gate.Release();
                }
            }));
        }

        (network.BeforeSend, network.AfterReceive) = (null, null);
        var answers = new List<CreatePledgeResponse>();
        foreach (var request in requests)
            answers.Add(await scenario.Pledges.CreatePledgeAsync(request));
        await scenario.SettleAsync();
        output.WriteLine($"{faults.Count} faults");

        Assert.All(answers, a => Assert.Contains(a.Pledge.State, (State[])[State.Active, State.Paid]));
        var charges = (await scenario.Stripe.Charges.ListAsync(new() { Limit = 100 })).Data;
        Assert.Equal(Pledges, charges.Count);
        Assert.Equal(Pledges, charges.Select(c => c.PaymentIntentId).Distinct().Count());
        Assert.Equal(Pledges, scenario.Count("SELECT count(*) FROM payments WHERE state = 1"));
        Assert.Equal(0, scenario.Count("SELECT count(*) FROM pledges WHERE state NOT IN (3, 4)"));
        Assert.True(faults.Count > Pledges / 2, "Too few faults to prove anything");
        await scenario.CheckBooksAsync();
    }

    /// <summary>One in about seven requests is lost, and one in seven answers: nearly a third of the calls fail.</summary>
    private sealed class Faults(int seed)
    {
        private const int OneIn = 7;
        private readonly Random _random = new(seed);
        private readonly Lock _gate = new();

        public int Count { get; private set; }

        public Task MaybeAsync()
        {
            lock (_gate)
            {
                if (_random.Next(OneIn) != 0)
                    return Task.CompletedTask;
                Count++;
            }

            throw new HttpRequestException("lost");
        }
    }
}
