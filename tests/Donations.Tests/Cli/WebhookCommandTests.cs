using Donations.Cli;
using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using WebhookEndpoint = Donations.Server.Payments.WebhookEndpoint;

namespace Donations.Tests.Cli;

/// <summary>The endpoint that the command line makes, on the simulator; and that what it asks for is what the service handles.</summary>
public sealed class WebhookCommandTests : IAsyncLifetime
{
    /// <summary>What a donation backend must hear of, from Stripe's documentation, without what the service has no use for.</summary>
    private static readonly string[] Must =
    [
        "charge.succeeded", "charge.updated", "charge.failed", "charge.refunded",
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
        "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed", "checkout.session.expired",
        "customer.updated", "customer.deleted",
        "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted", "customer.subscription.paused", "customer.subscription.resumed",
        "invoice.finalization_failed", "invoice.paid", "invoice.payment_failed", "invoice.payment_action_required", "invoice.upcoming", "invoice.voided", "invoice.marked_uncollectible",
        "invoice_payment.paid",
        "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.canceled", "payment_intent.requires_action",
        "payment_method.attached", "payment_method.detached", "payment_method.updated", "payment_method.automatically_updated",
        "payout.created", "payout.paid", "payout.failed", "payout.reconciliation_completed",
        "radar.early_fraud_warning.created", "review.opened", "review.closed",
        "refund.created", "refund.updated", "refund.failed",
        "setup_intent.succeeded", "setup_intent.setup_failed",
    ];

    /// <summary>Beyond that: a payout that is called back leaves the books otherwise open, and a planned change of interval lives in a schedule.</summary>
    private static readonly string[] More = ["payout.canceled", "subscription_schedule.aborted", "subscription_schedule.canceled", "subscription_schedule.completed", "subscription_schedule.released"];

    private readonly TemporaryFile _key = new("sk_test_simulator\n");
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public ValueTask DisposeAsync()
    {
        _key.Dispose();
        return _scenario.DisposeAsync();
    }

    [Fact]
    public async Task What_is_asked_for_is_what_must_be_heard_of_each_type_once()
    {
        Assert.Equal([.. Must, .. More], WebhookEvents.All.Order(StringComparer.Ordinal).ToHashSet());
        Assert.Equal(Must.Length + More.Length, WebhookEvents.All.Count);
        Assert.Equal(WebhookEvents.All, (await CliRun.OfAsync(WebhookCommand.Create(), "events")).Lines);
    }

    [Fact]
    public void Every_type_is_handled_by_a_room_of_the_server_that_reads_this_version_on_this_path()
    {
        var handlers = _scenario.Server.Services.GetServices<IStripeEventHandler>().ToList();
        Assert.NotEmpty(handlers);
        Assert.All(WebhookEvents.All, type => Assert.Contains(handlers, h => h.Handles(type)));
        Assert.DoesNotContain(handlers, h => h.Handles("mandate.updated") || h.Handles("test_helpers.test_clock.ready"));
        Assert.Equal((StripeOptions.ApiVersion, WebhookEndpoint.Path), (WebhookEvents.ApiVersion, WebhookEvents.Path));
    }

    /// <summary>With the made endpoint alone, and nothing polled, all that happens at Stripe is known here.</summary>
    [Fact]
    public async Task The_endpoint_that_is_made_brings_all_that_the_service_needs()
    {
        await _scenario.Stripe.WebhookEndpoints.DeleteAsync(Assert.Single(await _scenario.Stripe.WebhookEndpoints.ListAsync()).Id);
        var made = await CreateAsync(new Uri(_scenario.Server.HttpAddress, WebhookEndpoint.Path).ToString());
        Assert.Equal(0, made.ExitCode);
        var secret = Assert.Single(made.Lines);
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, made.Error, StringComparison.Ordinal);
        Assert.Contains("Stripe__WebhookSecrets__0", made.Error, StringComparison.Ordinal);
        _scenario.Server.Services.GetRequiredService<WebhookSecrets>().Use(secret);

        var pledge = await _scenario.PledgeAsync();
        var disputed = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10), "pm_card_createDispute");
        var late = await _scenario.PledgeAsync();
        await _scenario.SettleAsync();
        await _scenario.ReplaceCardAsync(late, "pm_card_chargeCustomerFail");
        await _scenario.Pledges.ChangePledgeIntervalAsync(new() { Name = pledge.Pledge.Name, RequestId = Scenario.NewRequestId(), Interval = PledgeInterval.Annual, Amount = Scenario.Usd(24) }, Scenario.Donor(pledge));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal([24, 2], (await _scenario.PaymentsAsync(pledge)).Select(p => p.Amount.Units));
        Assert.Equal(Pledge.Types.State.PastDue, (await _scenario.GetAsync(late)).State);
        await _scenario.Stripe.Refunds.CreateAsync(new() { PaymentIntent = (await _scenario.PaymentsAsync(pledge))[0].PaymentIntent, Amount = 100 });
        await _scenario.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Equal(Pledge.Types.State.Lapsed, (await _scenario.GetAsync(late)).State);
        Assert.NotEmpty(await _scenario.PaymentsAsync(disputed));
        Assert.Equal(Dispute.Types.State.Lost, Assert.Single((await _scenario.Payments.ListDisputesAsync(new(), _scenario.Server.As("support"))).Disputes).State);
        await _scenario.CheckAgainstStripeAsync();
        Assert.Equal(0, (await CheckAsync()).ExitCode);
    }

    [Fact]
    public async Task What_is_wrong_with_an_endpoint_is_told_and_1_when_none_is_right()
    {
        // Development's own takes every event.
        var own = await CheckAsync();
        Assert.Equal(CliException.Failed, own.ExitCode);
        Assert.Contains("superfluous: * (every type)", own.Output, StringComparison.Ordinal);

        const string url = "https://api.example.org/webhooks/stripe";
        await CreateAsync(url);
        Assert.Equal(0, (await CheckAsync()).ExitCode);
        Assert.Equal(0, (await CheckAsync("--url", url)).ExitCode);
        Assert.Equal(CliException.Failed, (await CheckAsync("--url", url + "/")).ExitCode);
        var right = Assert.Single((await _scenario.Stripe.WebhookEndpoints.ListAsync()).Data, e => e.Url == url);
        await _scenario.Stripe.WebhookEndpoints.UpdateAsync(right.Id, new() { Disabled = true });
        await _scenario.Stripe.WebhookEndpoints.CreateAsync(new() { Url = "https://shop.example.org/hooks", ApiVersion = "2024-06-20", EnabledEvents = [.. WebhookEvents.All.Except(["invoice.paid"]), "invoice.created"] });
        var wrong = await CheckAsync("--format", "json");
        Assert.Equal(CliException.Failed, wrong.ExitCode);
        Assert.Equal(3, wrong.Lines.Length);
        foreach (var problem in (string[])["is disabled", "url does not end in /webhooks/stripe", "API version is 2024-06-20", "misses invoice.paid", "superfluous: invoice.created"])
            Assert.Contains(problem, wrong.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_the_other_mode_is_told()
    {
        var endpoint = new Stripe.WebhookEndpoint { Id = "we_1", Url = "https://x.example" + WebhookEvents.Path, Status = "enabled", ApiVersion = WebhookEvents.ApiVersion, EnabledEvents = [.. WebhookEvents.All], Livemode = true };
        Assert.True(WebhookReview.Of(endpoint, null, live: true).IsRight);
        Assert.Equal(["is live, the key is a test key"], WebhookReview.Of(endpoint, null, live: false).Problems);
    }

    [Fact]
    public async Task One_more_for_the_same_address_must_be_meant()
    {
        const string url = "https://api.example.org/webhooks/stripe";
        Assert.Equal(0, (await CreateAsync(url)).ExitCode);
        var again = await CreateAsync(url);
        Assert.Equal((CliException.Failed, ""), (again.ExitCode, again.Output));
        Assert.Equal(0, (await CreateAsync(url, "--another")).ExitCode);
    }

    [Theory]
    [InlineData("https://api.example.org/")]
    [InlineData("https://api.example.org/webhooks/stripe?x=1")]
    [InlineData("ftp://api.example.org/webhooks/stripe")]
    public async Task An_address_that_cannot_work_makes_nothing(string url)
    {
        Assert.Equal(CliException.Usage, (await CreateAsync(url)).ExitCode);
        Assert.Single(await _scenario.Stripe.WebhookEndpoints.ListAsync());
    }

    [Fact]
    public async Task A_key_goes_only_where_it_belongs()
    {
        using var live = new TemporaryFile("sk_live" + "_x");
        using var junk = new TemporaryFile("hello");
        using var other = new TemporaryFile("sk_test_other");
        string[] simulator = ["check", "--api-base", _scenario.SimulatorAddress.ToString()];
        Assert.Contains("Stripe only", (await CliRun.OfAsync(WebhookCommand.Create(), [.. simulator, "--api-key-file", live.Path])).Error, StringComparison.Ordinal);
        Assert.Equal(CliException.Usage, (await CliRun.OfAsync(WebhookCommand.Create(), [.. simulator, "--api-key-file", junk.Path])).ExitCode);
        Assert.Equal(CliException.Usage, (await CliRun.OfAsync(WebhookCommand.Create(), "check", "--api-base", "https://stripe.example", "--api-key-file", _key.Path)).ExitCode);
        Assert.StartsWith("Stripe refused", (await CliRun.OfAsync(WebhookCommand.Create(), [.. simulator, "--api-key-file", other.Path])).Error, StringComparison.Ordinal);
    }

    private Task<CliRun> CreateAsync(string url, params string[] more) => RunAsync(["create", "--url", url, .. more]);

    private Task<CliRun> CheckAsync(params string[] more) => RunAsync(["check", .. more]);

    private Task<CliRun> RunAsync(string[] arguments) =>
        CliRun.OfAsync(WebhookCommand.Create(), [.. arguments, "--api-base", _scenario.SimulatorAddress.ToString(), "--api-key-file", _key.Path]);
}
