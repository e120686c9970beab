using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Pledges;

/// <summary>What happens to pledges, told from the donor's side on the composed server, with the books checked after each story.</summary>
public sealed class PledgeStoryTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _scenario.SettleAsync();
        await _scenario.CheckBooksAsync();
        await _scenario.DisposeAsync();
    }

    [Fact]
    public async Task A_monthly_pledge_is_paid_at_once_and_renewed_once_a_month()
    {
        var made = await _scenario.PledgeAsync();
        Assert.Equal(State.Active, made.Pledge.State);
        Assert.Null(made.Action);
        await _scenario.SettleAsync();

        await _scenario.AdvanceAsync(TimeSpan.FromDays(31));
        var payments = await _scenario.PaymentsAsync(made);
        Assert.Equal([Payment.Types.Kind.RecurringSubsequent, Payment.Types.Kind.RecurringFirst], payments.Select(p => p.Kind));
        Assert.All(payments, p => Assert.Equal((Payment.Types.State.Succeeded, 2L, 0), (p.State, p.Amount.Units, p.Amount.Nanos)));
        // Stripe's fee on $2 with Billing and settlement, from the balance transaction.
        Assert.All(payments, p => Assert.Equal((2L, 370_000_000), (p.Settlement.Gross.Units, p.Settlement.Fee.Nanos)));

        await _scenario.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
        Assert.Equal(new DateTime(2027, 1, 24, 9, 0, 0), (await _scenario.GetAsync(made)).NextPaymentTime.ToDateTime());
    }

    [Fact]
    public async Task A_one_time_pledge_ends_in_paid()
    {
        var made = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        Assert.Equal(State.Paid, made.Pledge.State);
        Assert.Equal(Payment.Types.Kind.OneTime, Assert.Single(await _scenario.PaymentsAsync(made)).Kind);
    }

    [Fact]
    public async Task An_annual_pledge_is_renewed_after_a_year()
    {
        var made = await _scenario.PledgeAsync("annual-24", Scenario.Usd(24));
        Assert.Equal(State.Active, made.Pledge.State);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(300));
        Assert.Single(await _scenario.PaymentsAsync(made));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(66));
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task A_declined_card_is_an_answer_that_stays_and_leaves_nothing_to_charge()
    {
        var request = await _scenario.RequestAsync(paymentMethod: "pm_card_visa_chargeDeclinedInsufficientFunds");
        var error = await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request));
        Assert.Equal("CARD_DECLINED", error.Reason());
        Assert.Equal("insufficient_funds", error.Detail<Google.Rpc.ErrorInfo>().Metadata["decline"]);
        var again = await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request));
        Assert.Equal(error.Trailers.GetValueBytes("grpc-status-details-bin"), again.Trailers.GetValueBytes("grpc-status-details-bin"));

        await _scenario.AdvanceAsync(TimeSpan.FromDays(40));
        var pledge = Assert.Single((await _scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-" }, _scenario.Server.As("support"))).Pledges);
        Assert.Equal(State.Failed, pledge.State);
        Assert.DoesNotContain(await _scenario.Stripe.Charges.ListAsync(), c => c.Paid);
    }

    [Theory]
    [InlineData("monthly-2", State.Active)]
    [InlineData("one-time-free", State.Paid)]
    public async Task Three_d_secure_passed_makes_the_pledge_count(string tier, State end)
    {
        var made = await _scenario.PledgeAsync(tier, paymentMethod: "pm_card_authenticationRequired");
        Assert.Equal(State.RequiresAction, made.Pledge.State);
        Assert.Equal(PledgeAction.Types.Type.Authenticate, made.Action.Type);
        Assert.Empty(await _scenario.PaymentsAsync(made));

        await AuthenticateAsync(made.Action.ClientSecret, pass: true);
        var confirmed = await _scenario.Pledges.ConfirmPledgeAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId() }, Scenario.Donor(made));
        Assert.Equal(end, confirmed.Pledge.State);
        Assert.Null(confirmed.Action);
        Assert.Single(await _scenario.PaymentsAsync(made));
    }

    [Fact]
    public async Task Three_d_secure_failed_is_a_decline_and_stripe_can_charge_nothing_later()
    {
        var made = await _scenario.PledgeAsync(paymentMethod: "pm_card_authenticationRequired");
        await AuthenticateAsync(made.Action.ClientSecret, pass: false);
        var error = await Errors.OfAsync(() => _scenario.Pledges.ConfirmPledgeAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId() }, Scenario.Donor(made)));
        Assert.Equal("authentication_failed", error.Detail<Google.Rpc.ErrorInfo>().Metadata["decline"]);
        await _scenario.SettleAsync();
        Assert.Equal(State.Failed, (await _scenario.GetAsync(made)).State);
        Assert.All((await _scenario.Stripe.Subscriptions.ListAsync(new() { Status = "all" })).Data, s => Assert.Contains(s.Status, (string[])["canceled", "incomplete_expired"]));
    }

    [Fact]
    public async Task A_pledge_that_nobody_finishes_expires_after_23_hours()
    {
        var monthly = await _scenario.PledgeAsync(paymentMethod: "pm_card_authenticationRequired");
        var once = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10), "pm_card_authenticationRequired");
        await _scenario.SettleAsync();
        _scenario.Time.Advance(TimeSpan.FromHours(23.1));
        await _scenario.RunChoresAsync();
        await _scenario.SettleAsync();
        Assert.Equal(State.Expired, (await _scenario.GetAsync(monthly)).State);
        Assert.Equal(State.Expired, (await _scenario.GetAsync(once)).State);
        Assert.All((await _scenario.Stripe.PaymentIntents.ListAsync()).Data, i => Assert.Equal("canceled", i.Status));
    }

    [Fact]
    public async Task A_card_of_a_listed_or_unknown_issuer_is_refused_before_anything_reaches_stripe_and_nothing_is_kept()
    {
        var request = await _scenario.RequestAsync(paymentMethod: "pm_card_ru");
        Assert.Equal("PAYMENT_METHOD_REFUSED", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request))).Reason());
        request.ConfirmationToken = "ctoken_unknown";
        Assert.Equal("PAYMENT_METHOD_REFUSED", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request))).Reason());
        Assert.Empty((await _scenario.Stripe.PaymentIntents.ListAsync()).Data);
        Assert.Empty((await _scenario.Stripe.Customers.ListAsync()).Data);
        Assert.Empty((await _scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-" }, _scenario.Server.As("support"))).Pledges);

        // A refusal is not an answer that stays: the same request_id with another card goes through.
        request.ConfirmationToken = await _scenario.TokenAsync();
        Assert.Equal(State.Active, (await _scenario.Pledges.CreatePledgeAsync(request)).Pledge.State);
    }

    [Fact]
    public async Task The_amount_changes_from_the_next_period_on_without_proration()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.SettleAsync();
        var change = new ChangePledgeAmountRequest { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(5, 50), FeeCoverAmount = Scenario.Usd(0, 50) };
        var changed = await _scenario.Pledges.ChangePledgeAmountAsync(change, Scenario.Donor(made));
        Assert.Equal(Scenario.Usd(5, 50), changed.Amount);
        Assert.Equal(changed, await _scenario.Pledges.ChangePledgeAmountAsync(change, Scenario.Donor(made)));
        await _scenario.SettleAsync();
        Assert.Single(await _scenario.PaymentsAsync(made));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal([Scenario.Usd(5, 50), Scenario.Usd(2)], (await _scenario.PaymentsAsync(made)).Select(p => p.Amount));
    }

    [Fact]
    public async Task A_paused_pledge_is_not_charged_and_goes_on_when_resumed()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.SettleAsync();
        var paused = await _scenario.Pledges.PausePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        Assert.Equal(State.Paused, paused.State);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(62));
        Assert.Single(await _scenario.PaymentsAsync(made));
        Assert.Equal(State.Active, (await _scenario.Pledges.ResumePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task A_pause_with_a_date_ends_by_itself()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.SettleAsync();
        var resume = Timestamp.FromDateTimeOffset(_scenario.Time.GetUtcNow().AddDays(45));
        var paused = await _scenario.Pledges.PausePledgeAsync(new() { Name = made.Pledge.Name, ResumeTime = resume }, Scenario.Donor(made));
        Assert.Equal(resume, paused.ResumeTime);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(70));
        Assert.Equal(State.Active, (await _scenario.GetAsync(made)).State);
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task Cancelling_ends_it_now_or_with_the_paid_period_and_twice_is_once()
    {
        var now = await _scenario.PledgeAsync();
        var later = await _scenario.PledgeAsync();
        var cancelled = await _scenario.Pledges.CancelPledgeAsync(new() { Name = now.Pledge.Name, Reason = Pledge.Types.CancelReason.TooExpensive }, Scenario.Donor(now));
        Assert.Equal((State.Cancelled, Pledge.Types.CancelReason.TooExpensive), (cancelled.State, cancelled.CancelReason));
        Assert.NotNull(cancelled.CancelTime);
        Assert.Equal(cancelled, await _scenario.Pledges.CancelPledgeAsync(new() { Name = now.Pledge.Name }, Scenario.Donor(now)));

        var ending = await _scenario.Pledges.CancelPledgeAsync(new() { Name = later.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(later));
        Assert.Equal((State.Active, true), (ending.State, ending.CancelAtPeriodEnd));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Equal(State.Cancelled, (await _scenario.GetAsync(later)).State);
        Assert.Single(await _scenario.PaymentsAsync(now));
        Assert.Single(await _scenario.PaymentsAsync(later));
    }

    [Fact]
    public async Task A_renewal_that_fails_makes_it_past_due_and_it_lapses_when_retries_end()
    {
        var made = await _scenario.PledgeAsync(paymentMethod: "pm_card_visa");
        await _scenario.SettleAsync();
        await FailNextRenewalsAsync(made);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(State.PastDue, (await _scenario.GetAsync(made)).State);
        Assert.Equal(Payment.Types.State.Failed, (await _scenario.PaymentsAsync(made))[0].State);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(20));
        Assert.Equal(State.Lapsed, (await _scenario.GetAsync(made)).State);
    }

    [Fact]
    public async Task The_manage_code_opens_the_pledge_however_it_is_typed_and_a_wrong_one_does_not()
    {
        var made = await _scenario.PledgeAsync();
        var typed = made.ManageCode.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant();
        var opened = await _scenario.Pledges.ExchangeManageCodeAsync(new() { ManageCode = typed });
        Assert.Equal(made.Pledge.Name, opened.Pledge.Name);
        Assert.Equal(made.Pledge.Name, (await _scenario.Pledges.GetPledgeAsync(new() { Name = made.Pledge.Name }, TestServer.Bearer(opened.AccessToken))).Name);
        var other = (made.ManageCode[0] == 'A' ? 'B' : 'A') + made.ManageCode[1..];
        Assert.Equal("TOKEN_INVALID", (await Errors.OfAsync(() => _scenario.Pledges.ExchangeManageCodeAsync(new() { ManageCode = other }))).Reason());
    }

    private async Task AuthenticateAsync(string clientSecret, bool pass)
    {
        var intent = clientSecret[..clientSecret.IndexOf("_secret_", StringComparison.Ordinal)];
        await _scenario.AuthenticateAsync(intent, clientSecret, pass);
    }

    private async Task FailNextRenewalsAsync(CreatePledgeResponse made)
    {
        var subscription = Assert.Single((await _scenario.Stripe.Subscriptions.ListAsync(new() { Status = "all" })).Data, s => s.Metadata["donations_pledge"] == made.Pledge.Name);
        var card = await _scenario.Stripe.PaymentMethods.AttachAsync("pm_card_chargeCustomerFail", new() { Customer = subscription.CustomerId });
        await _scenario.Stripe.Subscriptions.UpdateAsync(subscription.Id, new() { DefaultPaymentMethod = card.Id });
    }
}
