using System.Collections.Concurrent;
using Donations.StripeSimulator;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Stripe;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.SimulationTests;

/// <summary>
/// R1: the server is killed in mid-load, ten times. Afterwards no acknowledged pledge is missing, no payment is double, every
/// request that was cut off gets its answer by being sent again, and the books equal Stripe's balance.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Kills = 10;
    private const int Callers = 8;

    [Fact]
    public async Task Killed_ten_times_under_load_nothing_is_lost_and_nothing_is_charged_twice()
    {
        var directory = Directory.CreateTempSubdirectory("donations-kill-").FullName;
        await using var simulator = await SimulatorHost.StartAsync(new() { Url = "http://127.0.0.1:0" }, TimeProvider.System);
        var stripe = new StripeClient(new StripeClientOptions { ApiKey = "sk_test_simulator", ApiBase = simulator.BaseAddress.ToString().TrimEnd('/') }).V1;
        var (httpPort, grpcPort) = (ServerProcess.FreePort(), ServerProcess.FreePort());
        var load = new Load(stripe);
        try
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                await using var server = await ServerProcess.StartAsync(directory, simulator.BaseAddress, httpPort, grpcPort);
                // Each round the kill comes at another moment of the load.
                await load.RunUntilAsync(server.Channel, answers: 5 + (kill * 3), Callers);
                await server.KillAsync();
                await load.StopAsync();
            }

            await using var last = await ServerProcess.StartAsync(directory, simulator.BaseAddress, httpPort, grpcPort);
            await load.SendCutOffAgainAsync(last.Channel);
            await CheckAsync(load, stripe, last, directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task CheckAsync(Load load, V1Services stripe, ServerProcess server, string directory)
    {
        var pledges = new PledgeService.PledgeServiceClient(server.Channel);
        foreach (var made in load.Acknowledged.Values)
        {
            var pledge = await pledges.GetPledgeAsync(new() { Name = made.Pledge.Name }, TestServer.Bearer(made.AccessToken));
            Assert.Contains(pledge.State, (State[])[State.Active, State.Paid]);
        }

        // Each pledge has exactly one charge at Stripe, and each charge belongs to a pledge that was acknowledged.
        var charges = new List<Charge>();
        await foreach (var charge in stripe.Charges.ListAutoPagingAsync(new() { Limit = 100 }))
            charges.Add(charge);
        output.WriteLine($"{load.Acknowledged.Count} pledges acknowledged, {load.CutOffCount} calls cut off by {Kills} kills, {charges.Count} charges");
        Assert.Equal(load.Acknowledged.Count, load.Acknowledged.Values.Select(a => a.Pledge.Name).Distinct().Count());
        Assert.Equal(load.Acknowledged.Count, charges.Count);
        Assert.All(charges, c => Assert.True(c.Paid));
        Assert.Equal(charges.Count, charges.Select(c => c.PaymentIntentId).Distinct().Count());
        Assert.True(load.CutOffCount > 0, "No kill hit a call: the test proves nothing");

        await Books.WaitUntilSettledAsync(Path.Combine(directory, "donations.db"), charges.Count);
        var balance = await stripe.Balance.GetAsync();
        Assert.Equal(balance.Available.Sum(a => a.Amount) + balance.Pending.Sum(a => a.Amount), Books.Clearing(Path.Combine(directory, "donations.db")));
    }

    /// <summary>Callers that pledge without end and remember what they were told.</summary>
    private sealed class Load(V1Services stripe)
    {
        private readonly ConcurrentDictionary<string, CreatePledgeRequest> _open = new();
        private CancellationTokenSource _stop = new();
        private Task _callers = Task.CompletedTask;
        private int _next;

        public ConcurrentDictionary<string, CreatePledgeResponse> Acknowledged { get; } = new();

        public int CutOffCount { get; private set; }

        /// <summary>Starts callers and returns once so many more answers have come.</summary>
        public async Task RunUntilAsync(ChannelBase channel, int answers, int callers)
        {
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var goal = Acknowledged.Count + answers;
            _stop = new();
            var client = new PledgeService.PledgeServiceClient(channel);
            _callers = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    if (!await SendAsync(client, await NewAsync()))
                        return;
                    if (Acknowledged.Count >= goal)
                        enough.TrySetResult();
                }
            })));
            await enough.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _callers;
            CutOffCount += _open.Count - CutOffCount;
        }

        /// <summary>What a client does: the same request again, until there is an answer.</summary>
        public async Task SendCutOffAgainAsync(ChannelBase channel)
        {
            var client = new PledgeService.PledgeServiceClient(channel);
            foreach (var request in _open.Values)
            {
                for (var attempt = 0; !await SendAsync(client, request); attempt++)
                    Assert.True(attempt < 20, "A request that was cut off gets no answer");
            }
        }

        private async Task<bool> SendAsync(PledgeService.PledgeServiceClient client, CreatePledgeRequest request)
        {
            _open[request.RequestId] = request;
            try
            {
                var made = await client.CreatePledgeAsync(request);
                // A second answer to one request would be another pledge.
                Assert.Equal(made, Acknowledged.GetOrAdd(request.RequestId, made));
                _open.TryRemove(request.RequestId, out _);
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        }

        private async Task<CreatePledgeRequest> NewAsync()
        {
            var monthly = Interlocked.Increment(ref _next) % 2 == 0;
            var token = await stripe.TestHelpers.ConfirmationTokens.CreateAsync(new() { PaymentMethod = "pm_card_visa" });
            return new()
            {
                RequestId = Scenario.NewRequestId(),
                Campaign = Scenario.Campaign,
                Tier = $"{Scenario.Campaign}/tiers/{(monthly ? "monthly-2" : "one-time-10")}",
                Amount = Scenario.Usd(monthly ? 2 : 10),
                ConfirmationToken = token.Id,
                ReturnUrl = "https://paper.example/",
                Email = "reader@example.com",
                AllowDuplicate = true,
                Consents =
                {
                    new Consent { Purpose = Consent.Types.Purpose.Terms, TextVersion = "terms-2026-11", Granted = true },
                    new Consent { Purpose = Consent.Types.Purpose.ServiceMail, TextVersion = "service-mail-2026-11", Granted = true },
                },
            };
        }
    }
}
