using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Pledges;

/// <summary>request_id, as api.md has it.</summary>
public sealed class RequestIdTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync(new() { ["Stripe:NetworkRetries"] = "0" });

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    [Fact]
    public async Task One_hundred_calls_with_one_id_make_one_pledge_and_get_the_same_bytes_also_after_a_restart()
    {
        var request = await _scenario.RequestAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ => (await _scenario.Pledges.CreatePledgeAsync(request)).ToByteString()));
        Assert.Single(answers.Distinct());
        Assert.Single((await _scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-" }, _scenario.Server.As("support"))).Pledges);
        Assert.Single((await _scenario.Stripe.Charges.ListAsync()).Data);

        await _scenario.Server.RestartAsync();
        Assert.Equal(answers[0], (await _scenario.Pledges.CreatePledgeAsync(request)).ToByteString());
        Assert.Single((await _scenario.Stripe.Charges.ListAsync()).Data);
    }

    [Fact]
    public async Task The_same_id_with_other_content_or_another_caller_is_refused_and_writes_nothing()
    {
        var request = await _scenario.RequestAsync();
        await _scenario.Pledges.CreatePledgeAsync(request);
        var other = request.Clone();
        other.Locale = "ru";
        var error = await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(other));
        Assert.Equal(("REQUEST_ID_REUSED", "request_id"), (error.Reason(), error.Fields().Single()));
        Assert.Equal("REQUEST_ID_REUSED", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request, _scenario.Server.As("support")))).Reason());
        Assert.Equal(1, _scenario.Count("SELECT count(*) FROM pledges"));
    }

    [Fact]
    public async Task An_answer_is_kept_for_72_hours()
    {
        var request = await _scenario.RequestAsync();
        var first = await _scenario.Pledges.CreatePledgeAsync(request);
        _scenario.Time.Advance(TimeSpan.FromHours(71.9));
        await _scenario.RunChoresAsync();
        Assert.Equal(first, await _scenario.Pledges.CreatePledgeAsync(request));
        _scenario.Time.Advance(TimeSpan.FromHours(0.2));
        await _scenario.RunChoresAsync();
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM idempotency_records"));
    }

    [Fact]
    public async Task What_is_stored_gives_neither_the_id_nor_the_answer_away()
    {
        var request = await _scenario.RequestAsync();
        var made = await _scenario.Pledges.CreatePledgeAsync(request);
        await _scenario.SettleAsync();
        await _scenario.Server.StopAsync();
        foreach (var file in Directory.EnumerateFiles(_scenario.Server.DataDirectory, "donations.db*"))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            foreach (var secret in (string[])[request.RequestId, made.ManageCode, made.ManageCode.Replace("-", "", StringComparison.Ordinal), made.AccessToken])
                Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Guid.Parse(request.RequestId).ToByteArray()));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not-a-uuid")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("6ba7b810-9dad-11d1-80b4-00c04fd430c8")]
    public async Task Only_a_uuid_of_version_4_will_do(string id)
    {
        var request = await _scenario.RequestAsync();
        request.RequestId = id;
        var error = await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request));
        Assert.Equal(("FIELD_INVALID", "request_id"), (error.Reason(), error.Fields().Single()));
    }

    /// <summary>A crash after the intent was written and before anything was sent: the worker finishes it, and the caller's retry gets an answer with all its secrets.</summary>
    [Fact]
    public async Task A_crash_after_the_intent_is_finished_by_the_worker_and_the_retry_is_answered()
    {
        var request = await _scenario.RequestAsync(paymentMethod: "pm_card_authenticationRequired");
        using (StripeOutage.OfRequests(_scenario))
            Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request))).Reason());
        Assert.Equal(1, _scenario.Count("SELECT count(*) FROM stripe_operations WHERE state = 1"));

        await _scenario.Server.Services.GetRequiredService<OperationsWorker>().RunDueAsync(evenLeased: true, CancellationToken.None);
        var made = await _scenario.Pledges.CreatePledgeAsync(request);
        Assert.Equal(Pledge.Types.State.RequiresAction, made.Pledge.State);
        Assert.StartsWith("pi_", made.Action.ClientSecret, StringComparison.Ordinal);
        Assert.Equal(made.Pledge.Name, (await _scenario.Pledges.ExchangeManageCodeAsync(new() { ManageCode = made.ManageCode })).Pledge.Name);
        Assert.Equal(made, await _scenario.Pledges.CreatePledgeAsync(request));
    }

    /// <summary>The first call took effect and its answer was lost: the retry finds what it did.</summary>
    [Theory]
    [InlineData("one-time-free", Pledge.Types.State.Paid)]
    [InlineData("monthly-2", Pledge.Types.State.Active)]
    public async Task A_lost_answer_is_asked_for_again_with_the_same_key_and_charges_once(string tier, Pledge.Types.State end)
    {
        var request = await _scenario.RequestAsync(tier);
        using (StripeOutage.OfAnswers(_scenario))
            Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request))).Reason());
        Assert.Equal(end, (await _scenario.Pledges.CreatePledgeAsync(request)).Pledge.State);
        await _scenario.SettleAsync();
        Assert.Single((await _scenario.Stripe.Charges.ListAsync()).Data);
        await _scenario.CheckBooksAsync();
    }

    /// <summary>After 23 hours no key may be sent again: Stripe is looked at instead.</summary>
    [Theory]
    [InlineData("one-time-free")]
    [InlineData("monthly-2")]
    public async Task An_operation_older_than_23_hours_is_settled_by_looking(string tier)
    {
        var request = await _scenario.RequestAsync(tier);
        using (StripeOutage.OfRequests(_scenario))
            await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request));
        _scenario.Time.Advance(TimeSpan.FromHours(23.5));
        await _scenario.Server.Services.GetRequiredService<OperationsWorker>().RunDueAsync(evenLeased: true, CancellationToken.None);
        Assert.Equal("CARD_DECLINED", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request))).Reason());
        Assert.Empty((await _scenario.Stripe.Charges.ListAsync()).Data);
    }
}
