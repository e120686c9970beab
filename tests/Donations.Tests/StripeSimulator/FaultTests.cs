using System.Net;
using System.Text.Json;
using Donations.StripeSimulator.Faults;

namespace Donations.Tests.StripeSimulator;

public sealed class FaultTests
{
    private const string Customers = "/v1/customers";

    private static CancellationToken Ct => Simulator.Ct;

    [Theory]
    [InlineData("lost_response")]
    [InlineData("reset")]
    public async Task The_answer_is_lost_but_not_the_effect_and_the_key_finds_it_again(string kind)
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = kind, ["method"] = "POST", ["path"] = Customers });
        await Assert.ThrowsAsync<HttpRequestException>(() => CreateAsync(sim, "k1"));
        Assert.Single(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct));
        using var again = await CreateAsync(sim, "k1");
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Single(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct));
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("false", 0)]
    public async Task A_stored_500_is_repeated_whether_it_had_an_effect_or_not(string effect, int customers)
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = "stored_500", ["path"] = "/v1/*", ["method"] = "POST", ["effect"] = effect });
        for (var i = 0; i < 2; i++)
        {
            using var broken = await CreateAsync(sim, "k1");
            Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
            Assert.Equal(i == 1, broken.Headers.Contains("Idempotent-Replayed"));
        }
        using var other = await CreateAsync(sim, "k2");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal(customers + 1, (await sim.Stripe.V1.Customers.ListAsync(null, null, Ct)).Count());
    }

    [Fact]
    public async Task Rate_limits_and_locks_refuse_before_anything_happens()
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = "rate_limit", ["reason"] = "endpoint-rate", ["should_retry"] = "true", ["count"] = "1" });
        await AskAsync(sim, new() { ["kind"] = "rate_limit" });
        await AskAsync(sim, new() { ["kind"] = "lock_timeout" });
        await AskAsync(sim, new() { ["kind"] = "lock_timeout", ["status"] = "429" });
        using var limited = await CreateAsync(sim, "k1");
        Assert.Equal(((HttpStatusCode)429, "endpoint-rate", "true"), (limited.StatusCode,
            limited.Headers.GetValues("Stripe-Rate-Limited-Reason").Single(), limited.Headers.GetValues("Stripe-Should-Retry").Single()));
        using var plain = await CreateAsync(sim, "k1");
        Assert.False(plain.Headers.Contains("Stripe-Should-Retry") || plain.Headers.Contains("Stripe-Rate-Limited-Reason"));
        Assert.Equal("rate_limit", await CodeAsync(plain));
        foreach (var status in new[] { HttpStatusCode.Conflict, HttpStatusCode.TooManyRequests })
        {
            using var locked = await CreateAsync(sim, "k1");
            Assert.Equal((status, "lock_timeout"), (locked.StatusCode, await CodeAsync(locked)));
        }
        Assert.Empty(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct));
        using var ok = await CreateAsync(sim, "k1");
        Assert.Equal(HttpStatusCode.OK, ok.StatusCode);
    }

    [Fact]
    public async Task A_hanging_call_does_nothing_until_the_caller_gives_up_and_a_slow_one_comes_late()
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = "hang" });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var hanging = sim.Raw.GetAsync(Customers, patience.Token);
        await FiredAsync(sim, "fault_1");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);

        await AskAsync(sim, new() { ["kind"] = "slow", ["seconds"] = "5" });
        var slow = sim.Raw.GetAsync(Customers, Ct);
        await FiredAsync(sim, "fault_2");
        Assert.False(slow.IsCompleted);
        await PassAsync(sim, slow);
        using var late = await slow;
        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        Assert.True(sim.Time.GetUtcNow() >= Simulator.Start.AddSeconds(5));

        // A call that hangs when the simulator stops must not keep it from stopping.
        await AskAsync(sim, new() { ["kind"] = "hang" });
        _ = sim.Raw.GetAsync(Customers, Ct).ContinueWith(task => task.Exception, TaskScheduler.Default);
        await FiredAsync(sim, "fault_3");
    }

    [Fact]
    public async Task A_call_can_hang_after_its_effect()
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = "hang", ["effect"] = "true", ["method"] = "POST", ["path"] = Customers, ["seconds"] = "30" });
        var hanging = CreateAsync(sim, "k1");
        while (!(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct)).Any())
            await Task.Yield();
        Assert.False(hanging.IsCompleted);
        await PassAsync(sim, hanging);
        await Assert.ThrowsAsync<HttpRequestException>(() => hanging);
        using var again = await CreateAsync(sim, "k1");
        Assert.True(again.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task The_nth_match_is_hit_and_chance_repeats_itself_by_seed()
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = "rate_limit", ["path"] = "/v1/customers/*", ["nth"] = "2" });
        foreach (var expected in new[] { 404, 429, 404 })
            Assert.Equal(expected, await StatusAsync(sim, "/v1/customers/cus_none"));
        Assert.Equal(200, await StatusAsync(sim, Customers));

        List<string> runs = [];
        foreach (var seed in new[] { "7", "7", "8" })
        {
            await using var other = await Simulator.StartAsync();
            await AskAsync(other, new() { ["kind"] = "rate_limit", ["probability"] = "0.5", ["seed"] = seed });
            var run = "";
            for (var i = 0; i < 40; i++)
                run += await StatusAsync(other, Customers) == 429 ? 'x' : '.';
            Assert.InRange(run.Count(c => c == 'x'), 8, 32);
            runs.Add(run);
        }
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
    }

    [Fact]
    public async Task Faults_are_listed_deleted_and_checked()
    {
        await using var sim = await Simulator.StartAsync();
        await AskAsync(sim, new() { ["kind"] = "rate_limit", ["count"] = "5" });
        sim.Host.Engine.Faults.Add(new Fault { Kind = FaultKind.RateLimit, Path = Customers });
        Assert.Equal(429, await StatusAsync(sim, Customers));
        using var list = JsonDocument.Parse(await sim.Raw.GetStringAsync("/_simulator/faults", Ct));
        Assert.Equal([(1, 1), (1, 0)], list.RootElement.EnumerateArray().Select(f => (f.GetProperty("matched").GetInt32(), f.GetProperty("fired").GetInt32())));
        using var deleted = await sim.Raw.DeleteAsync("/_simulator/faults/fault_1", Ct);
        Assert.Equal(429, await StatusAsync(sim, Customers));
        Assert.Equal(200, await StatusAsync(sim, Customers));
        using var missing = await sim.Raw.DeleteAsync("/_simulator/faults/fault_1", Ct);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted.StatusCode, missing.StatusCode));
        using var all = await sim.Raw.DeleteAsync("/_simulator/faults", Ct);
        Assert.Empty(sim.Host.Engine.Faults.List());
        foreach (var bad in new Dictionary<string, string>[] { new() { ["kind"] = "flood" }, new() { ["kind"] = "hang", ["pth"] = "/" }, new() { ["kind"] = "slow" }, new() { ["kind"] = "hang", ["probability"] = "2" } })
        {
            using var refused = await sim.PostAsync("/_simulator/faults", bad);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    private static async Task AskAsync(Simulator sim, Dictionary<string, string> fault)
    {
        using var response = await sim.PostAsync("/_simulator/faults", fault);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<HttpResponseMessage> CreateAsync(Simulator sim, string key) => sim.PostAsync(Customers, new() { ["name"] = "A" }, key);

    private static async Task<int> StatusAsync(Simulator sim, string path)
    {
        using var response = await sim.Raw.GetAsync(path, Ct);
        return (int)response.StatusCode;
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        return json.RootElement.GetProperty("error").GetProperty("code").GetString();
    }

    /// <summary>Lets the system's time pass, no faster than answers travel, so that keys do not grow old on the way.</summary>
    private static async Task PassAsync(Simulator sim, Task until)
    {
        while (!until.IsCompleted)
        {
            sim.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Ct);
        }
    }

    private static async Task FiredAsync(Simulator sim, string fault)
    {
        while (sim.Host.Engine.Faults.List().Single(f => f.Id == fault).Fired == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Ct);
    }
}
