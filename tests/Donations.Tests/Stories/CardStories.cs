using Donations.StripeSimulator;
using Donations.Testing;
using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>Renewals that fail, cards that change, pledges that lapse and come back.</summary>
public sealed class CardStories : Story
{
    [Fact]
    public async Task A_renewal_fails_the_card_is_updated_and_the_overdue_payment_is_in_at_once()
    {
        var made = await PledgedAsync();
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var late = await Scenario.GetAsync(made);
        Assert.Equal((State.PastDue, "declined"), (late.State, late.FailureReason));

        var updated = await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made), Scenario.Donor(made));
        Assert.Equal((State.Active, ""), (updated.Pledge.State, updated.Pledge.FailureReason));
        Assert.Null(updated.Action);
        var payments = await Scenario.PaymentsAsync(made);
        Assert.Equal([Payment.Types.State.Succeeded, Payment.Types.State.Succeeded], payments.Select(p => p.State));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal(3, (await Scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task A_new_card_that_its_bank_wants_confirmed_counts_after_3_d_secure()
    {
        var made = await PledgedAsync();
        var request = await NewCardAsync(made, "pm_card_authenticationRequiredOnSetup");
        var updated = await Scenario.Pledges.UpdatePaymentMethodAsync(request, Scenario.Donor(made));
        Assert.Equal(PledgeAction.Types.Type.Authenticate, updated.Action.Type);
        Assert.Equal(updated, await Scenario.Pledges.UpdatePaymentMethodAsync(request, Scenario.Donor(made)));
        var before = (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId;
        Assert.NotNull((await ConfirmAsync(made)).Action);

        await Scenario.AuthenticateAsync(updated.Action, pass: true);
        Assert.Null((await ConfirmAsync(made)).Action);
        Assert.NotEqual(before, (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(2, (await Scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task A_new_card_that_is_confirmed_by_webhook_alone_counts_too_and_one_that_fails_changes_nothing()
    {
        var made = await PledgedAsync();
        var first = await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made, "pm_card_authenticationRequiredOnSetup"), Scenario.Donor(made));
        var before = (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId;
        await Scenario.AuthenticateAsync(first.Action, pass: false);
        Assert.Equal("CARD_DECLINED", (await Errors.OfAsync(() => Scenario.Pledges.ConfirmPledgeAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId() }, Scenario.Donor(made)))).Reason());
        Assert.Equal(before, (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId);

        var second = await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made, "pm_card_authenticationRequiredOnSetup"), Scenario.Donor(made));
        await Scenario.AuthenticateAsync(second.Action, pass: true);
        await Scenario.SettleAsync();
        Assert.NotEqual(before, (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId);
    }

    [Fact]
    public async Task A_declined_card_is_told_and_the_old_one_stays()
    {
        var made = await PledgedAsync();
        var before = (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId;
        var request = await NewCardAsync(made, "pm_card_visa_chargeDeclinedInsufficientFunds");
        var error = await Errors.OfAsync(() => Scenario.Pledges.UpdatePaymentMethodAsync(request, Scenario.Donor(made)));
        Assert.Equal(("CARD_DECLINED", "insufficient_funds"), (error.Reason(), error.Detail<Google.Rpc.ErrorInfo>().Metadata["decline"]));
        Assert.Equal("CARD_DECLINED", (await Errors.OfAsync(() => Scenario.Pledges.UpdatePaymentMethodAsync(request, Scenario.Donor(made)))).Reason());
        Assert.Equal(before, (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId);
    }

    [Fact]
    public async Task A_card_of_a_listed_issuer_is_refused_before_it_is_set_up()
    {
        var made = await PledgedAsync();
        var request = await NewCardAsync(made, "pm_card_ru");
        Assert.Equal("PAYMENT_METHOD_REFUSED", (await Errors.OfAsync(() => Scenario.Pledges.UpdatePaymentMethodAsync(request, Scenario.Donor(made)))).Reason());
        Assert.Empty((await Scenario.Stripe.SetupIntents.ListAsync()).Data);
    }

    [Fact]
    public async Task Retries_run_out_the_pledge_lapses_and_a_new_card_starts_it_again()
    {
        var made = await PledgedAsync();
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(60));
        Assert.Equal(State.Lapsed, await StateAsync(made));
        Assert.Single(await Scenario.PaymentsAsync(made), p => p.State == Payment.Types.State.Succeeded);

        var updated = await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made), Scenario.Donor(made));
        Assert.Equal(State.Active, updated.Pledge.State);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(3, (await Scenario.PaymentsAsync(made)).Count(p => p.State == Payment.Types.State.Succeeded));
        Assert.Equal(State.Active, await StateAsync(made));
    }

    [Theory]
    [InlineData(DunningEndState.Unpaid)]
    [InlineData(DunningEndState.PastDue)]
    public async Task Whatever_end_the_dashboard_sets_a_lapsed_pledge_is_charged_no_more_and_comes_back_with_a_card(DunningEndState end)
    {
        Scenario.Simulator.World.Options.DunningEndState = end;
        var made = await PledgedAsync();
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.LiveAsync(TimeSpan.FromDays(75));
        Assert.Equal(State.Lapsed, await StateAsync(made));
        Assert.Equal("canceled", (await Scenario.SubscriptionAsync(made)).Status);
        var opened = await Scenario.Pledges.ExchangeManageCodeAsync(new() { ManageCode = made.ManageCode });
        var updated = await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made), TestServer.Bearer(opened.AccessToken));
        Assert.Equal(State.Active, updated.Pledge.State);
        await Scenario.LiveAsync(TimeSpan.FromDays(35));
        Assert.Equal(3, (await Scenario.PaymentsAsync(made)).Count(p => p.State == Payment.Types.State.Succeeded));
    }

    [Fact]
    public async Task A_lapsed_pledge_whose_new_card_is_declined_stays_lapsed_and_charges_nothing()
    {
        var made = await PledgedAsync();
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(60));
        var request = await NewCardAsync(made, "pm_card_chargeCustomerFail");
        Assert.Equal("CARD_DECLINED", (await Errors.OfAsync(() => Scenario.Pledges.UpdatePaymentMethodAsync(request, Scenario.Donor(made)))).Reason());
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(State.Lapsed, await StateAsync(made));
        Assert.All((await Scenario.Stripe.Subscriptions.ListAsync(new() { Status = "all" })).Data, s => Assert.Contains(s.Status, (string[])["canceled", "incomplete_expired"]));
    }

    [Fact]
    public async Task A_lapsed_pledge_whose_new_card_needs_3_d_secure_starts_when_that_is_passed()
    {
        var made = await PledgedAsync();
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(60));
        var updated = await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made, "pm_card_authenticationRequired"), Scenario.Donor(made));
        Assert.NotNull(updated.Action);
        await Scenario.AuthenticateAsync(updated.Action, pass: true);
        var confirmed = await ConfirmAsync(made);
        if (confirmed.Action is { } second)
        {
            await Scenario.AuthenticateAsync(second, pass: true);
            confirmed = await ConfirmAsync(made);
        }

        Assert.Equal(State.Active, confirmed.Pledge.State);
        Assert.Null(confirmed.Action);
    }

    [Fact]
    public async Task A_hard_decline_is_not_tried_again_and_the_pledge_lapses_in_its_time()
    {
        var made = await PledgedAsync();
        // Declined as stolen from now on, without a change of the card's id.
        var subscription = await Scenario.SubscriptionAsync(made);
        await UpdateCardAsync(subscription.DefaultPaymentMethodId, "pm_card_visa_chargeDeclinedStolenCard");
        await Scenario.LiveAsync(TimeSpan.FromDays(33));
        var late = await Scenario.GetAsync(made);
        Assert.Equal((State.PastDue, "card_lost"), (late.State, late.FailureReason));
        var invoice = (await Scenario.Stripe.Invoices.ListAsync(new() { Subscription = subscription.Id, Limit = 1 })).Data[0];
        Assert.Equal((false, 1), (invoice.AutoAdvance, invoice.AttemptCount));

        await Scenario.LiveAsync(TimeSpan.FromDays(31));
        Assert.Equal(State.Lapsed, await StateAsync(made));
        Assert.Equal("canceled", (await Scenario.SubscriptionAsync(made)).Status);
        Assert.Single(await Scenario.PaymentsAsync(made), p => p.State == Payment.Types.State.Succeeded);
    }

    [Fact]
    public async Task A_renewal_that_its_bank_wants_confirmed_is_confirmed_by_the_donor()
    {
        var made = await PledgedAsync();
        await UpdateCardAsync((await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId, "pm_card_authenticationRequired");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var late = await Scenario.GetAsync(made);
        Assert.Equal((State.PastDue, "authentication_failed"), (late.State, late.FailureReason));
        var asked = await ConfirmAsync(made);
        Assert.Equal(PledgeAction.Types.Type.Authenticate, asked.Action.Type);
        await Scenario.AuthenticateAsync(asked.Action, pass: true);
        Assert.Equal(State.Active, (await ConfirmAsync(made)).Pledge.State);
    }

    [Fact]
    public async Task A_card_that_stripe_updates_to_a_listed_issuer_pauses_the_pledge_before_the_next_charge()
    {
        var made = await PledgedAsync();
        await UpdateCardAsync((await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId, "pm_card_ru");
        await Scenario.SettleAsync();
        var paused = await Scenario.GetAsync(made);
        Assert.Equal((State.Paused, Pledge.Types.PauseReason.PaymentMethod), (paused.State, paused.PauseReason));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Single(await Scenario.PaymentsAsync(made));
        // Another pause, with a date, would end by itself.
        var dated = new PausePledgeRequest { Name = made.Pledge.Name, ResumeTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(Scenario.Time.GetUtcNow().AddDays(5)) };
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => Scenario.Pledges.PausePledgeAsync(dated, Scenario.Donor(made)))).Reason());
        Assert.Equal("PAYMENT_METHOD_REFUSED", (await Errors.OfAsync(() => Scenario.Pledges.ResumePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made)))).Reason());

        await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made), Scenario.Donor(made));
        Assert.Equal(State.Active, (await Scenario.Pledges.ResumePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(2, (await Scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task An_updated_card_with_a_new_expiry_is_noted()
    {
        var made = await PledgedAsync();
        var before = (await Scenario.GetAsync(made)).CardExpireDate;
        await UpdateCardAsync((await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId, null);
        await Scenario.SettleAsync();
        Assert.Equal(before.Year + 4, (await Scenario.GetAsync(made)).CardExpireDate.Year);
    }

    private async Task UpdateCardAsync(string paymentMethodId, string? card)
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent(card is null ? [] : new Dictionary<string, string> { ["card"] = card });
        using var answer = await http.PostAsync(new Uri(Scenario.SimulatorAddress, $"/_simulator/cards/{paymentMethodId}/update"), form);
        answer.EnsureSuccessStatusCode();
    }
}
