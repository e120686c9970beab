using Donations.Server.Payments;

namespace Donations.Tests.Payments;

/// <summary>The rate limit of reads, and which reads may be shared.</summary>
public sealed class StripeReadsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_of_one_object_that_wait_for_their_turn_are_one()
    {
        using var reads = new StripeReads(new StripeOptions { ReadsPerSecond = 10 });
        var calls = 0;
        Task<int> Read(string what) => reads.ReadAsync(what, () => Task.FromResult(Interlocked.Increment(ref calls)), Ct);
        // The bucket is emptied first: what comes then waits.
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Read($"pi_{i}")));
        var shared = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Read("sub_1")));
        Assert.Single(shared.Distinct());
        Assert.Equal(11, calls);
    }

    [Fact]
    public async Task A_read_that_is_under_way_is_not_shared_since_it_may_miss_the_news()
    {
        using var reads = new StripeReads(new StripeOptions { ReadsPerSecond = 1000 });
        var (first, calls) = (new TaskCompletionSource<int>(), 0);
        var slow = reads.ReadAsync("sub_1", () => { calls++; return first.Task; }, Ct);
        var fresh = await reads.ReadAsync("sub_1", () => { calls++; return Task.FromResult(2); }, Ct);
        first.SetResult(1);
        Assert.Equal((1, 2, 2), (await slow, fresh, calls));
    }

    [Fact]
    public async Task Nobody_reads_faster_than_the_limit()
    {
        using var reads = new StripeReads(new StripeOptions { ReadsPerSecond = 20 });
        var started = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => reads.ReadAsync($"pi_{i}", () => Task.FromResult(i), Ct)));
        // Twenty at once, then two every tenth of a second.
        Assert.True(started.Elapsed > TimeSpan.FromSeconds(1.2), $"50 reads in {started.Elapsed}");
    }

    [Fact]
    public async Task One_who_hangs_up_leaves_the_others_their_answer_and_a_failure_reaches_all()
    {
        using var reads = new StripeReads(new StripeOptions { ReadsPerSecond = 10 });
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => reads.ReadAsync($"pi_{i}", () => Task.FromResult(i), Ct)));
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var impatient = reads.ReadAsync("sub_1", () => Task.FromResult(7), gone.Token);
        var patient = reads.ReadAsync("sub_1", () => Task.FromResult(8), Ct);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.Equal(7, await patient);
        await Assert.ThrowsAsync<GatewayUnknownException>(() => reads.ReadAsync<int>("sub_2", () => throw new GatewayUnknownException("lost"), Ct));
    }

    // Read, not set.
#pragma warning disable RS0030
    [Fact]
    public void The_version_of_webhook_endpoints_is_the_one_that_the_sdk_speaks() => Assert.Equal(StripeOptions.ApiVersion, Stripe.StripeConfiguration.ApiVersion);
#pragma warning restore RS0030
}
