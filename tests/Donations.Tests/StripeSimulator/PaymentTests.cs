using System.Net;
using System.Text.Json;
using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class PaymentTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_one_time_payment_with_a_confirmation_token_succeeds_and_its_balance_transaction_comes_later()
    {
        await using var sim = await Simulator.StartAsync();
        var token = await sim.TokenAsync("pm_card_ru");
        var preview = await sim.Stripe.V1.ConfirmationTokens.GetAsync(token, null, null, Ct);
        Assert.Equal("RU", preview.PaymentMethodPreview.Card.Country);
        Assert.Equal("visa", preview.PaymentMethodPreview.Card.Brand);

        var intent = await sim.Stripe.V1.PaymentIntents.CreateAsync(
            new PaymentIntentCreateOptions
            {
                Amount = 2000,
                Currency = "usd",
                Confirm = true,
                ConfirmationToken = token,
                Metadata = new() { ["pledge"] = "p1" },
                Expand = ["latest_charge.balance_transaction"],
            },
            null, Ct);
        Assert.Equal("succeeded", intent.Status);
        Assert.Equal(2000, intent.AmountReceived);
        Assert.Equal("p1", intent.LatestCharge.Metadata["pledge"]);
        Assert.Null(intent.LatestCharge.BalanceTransactionId);

        await sim.AdvanceAsync(TimeSpan.Zero);
        var later = await sim.Stripe.V1.PaymentIntents.GetAsync(intent.Id, new PaymentIntentGetOptions { Expand = ["latest_charge.balance_transaction"] }, null, Ct);
        var transaction = later.LatestCharge.BalanceTransaction;
        Assert.Equal((2000, 58 + 30 + 30, "charge"), (transaction.Amount, transaction.Fee, transaction.ReportingCategory));
        Assert.Equal(transaction.Fee, transaction.FeeDetails.Sum(fee => fee.Amount));
        Assert.Equal(
            ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"], await sim.EventTypesAsync());

        var used = await sim.Stripe.V1.ConfirmationTokens.GetAsync(token, null, null, Ct);
        Assert.Equal(intent.Id, used.PaymentIntent);
        var again = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.PaymentIntents.CreateAsync(
            new PaymentIntentCreateOptions { Amount = 2000, Currency = "usd", Confirm = true, ConfirmationToken = token }, null, Ct));
        Assert.Equal("confirmation_token", again.StripeError.Param);
    }

    [Fact]
    public async Task A_confirmation_token_expires_after_twelve_hours()
    {
        await using var sim = await Simulator.StartAsync();
        var token = await sim.TokenAsync();
        await sim.AdvanceAsync(TimeSpan.FromHours(12));
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.PaymentIntents.CreateAsync(
            new PaymentIntentCreateOptions { Amount = 2000, Currency = "usd", Confirm = true, ConfirmationToken = token }, null, Ct));
        Assert.Equal("confirmation_token_expired", error.StripeError.Code);
    }

    [Fact]
    public async Task A_declined_card_answers_402_with_the_intent_and_leaves_a_failed_charge()
    {
        await using var sim = await Simulator.StartAsync();
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.PayAsync("pm_card_visa_chargeDeclinedInsufficientFunds"));
        Assert.Equal(HttpStatusCode.PaymentRequired, error.HttpStatusCode);
        Assert.Equal(("card_error", "card_declined", "insufficient_funds"), (error.StripeError.Type, error.StripeError.Code, error.StripeError.DeclineCode));
        Assert.Equal("requires_payment_method", error.StripeError.PaymentIntent.Status);
        Assert.Equal("insufficient_funds", error.StripeError.PaymentIntent.LastPaymentError.DeclineCode);
        var charge = await sim.Stripe.V1.Charges.GetAsync(error.StripeError.Charge, null, null, Ct);
        Assert.Equal(("failed", "card_declined"), (charge.Status, charge.FailureCode));
        Assert.Equal(["payment_intent.created", "charge.failed", "payment_intent.payment_failed"], await sim.EventTypesAsync());

        var customer = await sim.CustomerAsync();
        var attach = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.PaymentMethods.AttachAsync(
            "pm_card_visa_chargeDeclined", new PaymentMethodAttachOptions { Customer = customer.Id }, null, Ct));
        Assert.Equal("card_declined", attach.StripeError.Code);
    }

    [Theory]
    [InlineData("4242424242424241", "12", "34", "123", "incorrect_number")]
    [InlineData("4242424242424242", "13", "34", "123", "invalid_expiry_month")]
    [InlineData("4242424242424242", "12", "95", "123", "invalid_expiry_year")]
    [InlineData("4242424242424242", "12", "34", "99", "invalid_cvc")]
    [InlineData("4000006430000009", "12", "34", "123", null)]
    public async Task A_browser_makes_tokens_with_the_publishable_key_from_card_numbers(string number, string month, string year, string cvc, string? code)
    {
        await using var sim = await Simulator.StartAsync();
        using var response = await sim.PostAsync("/v1/confirmation_tokens", new()
        {
            ["payment_method_data[type]"] = "card",
            ["payment_method_data[card][number]"] = number,
            ["payment_method_data[card][exp_month]"] = month,
            ["payment_method_data[card][exp_year]"] = year,
            ["payment_method_data[card][cvc]"] = cvc,
        }, bearer: "pk_test_simulator");
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        if (code is not null)
        {
            Assert.Equal(code, json.RootElement.GetProperty("error").GetProperty("code").GetString());
            return;
        }
        var card = json.RootElement.GetProperty("payment_method_preview").GetProperty("card");
        Assert.Equal(("RU", "0009"), (card.GetProperty("country").GetString(), card.GetProperty("last4").GetString()));
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());

        using var refused = await sim.PostAsync("/v1/customers", [], bearer: "pk_test_simulator");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Theory]
    [InlineData("complete", "succeeded")]
    [InlineData("fail", "requires_payment_method")]
    public async Task Three_d_secure_waits_for_the_holder_who_passes_or_fails(string outcome, string status)
    {
        await using var sim = await Simulator.StartAsync();
        var intent = await sim.PayAsync("pm_card_threeDSecure2Required", more: o =>
        {
            o.ReturnUrl = "https://example.org/back?x=1";
            o.AutomaticPaymentMethods = null;
        });
        Assert.Equal("requires_action", intent.Status);
        Assert.Equal("redirect_to_url", intent.NextAction.Type);
        Assert.Null(intent.LatestChargeId);

        var page = await sim.Raw.GetStringAsync(intent.NextAction.RedirectToUrl.Url, Ct);
        Assert.Contains("Complete", page, StringComparison.Ordinal);
        using var answer = await sim.PostAsync($"/_simulator/3ds/{intent.Id}", new()
        {
            ["client_secret"] = intent.ClientSecret,
            ["return_url"] = "https://example.org/back?x=1",
            ["outcome"] = outcome,
        });
        Assert.StartsWith($"https://example.org/back?x=1&payment_intent={intent.Id}", answer.Headers.Location!.ToString(), StringComparison.Ordinal);

        var after = await sim.Stripe.V1.PaymentIntents.GetAsync(intent.Id, new PaymentIntentGetOptions { Expand = ["latest_charge"] }, null, Ct);
        Assert.Equal(status, after.Status);
        if (outcome == "complete")
            Assert.Equal("authenticated", after.LatestCharge.PaymentMethodDetails.Card.ThreeDSecure.Result);
        else
            Assert.Equal("payment_intent_authentication_failure", after.LastPaymentError.Code);
    }

    [Fact]
    public async Task A_card_that_wants_its_holder_fails_off_session_unless_it_was_set_up()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await sim.CustomerAsync();
        var setup = await sim.Stripe.V1.SetupIntents.CreateAsync(
            new SetupIntentCreateOptions { Customer = customer.Id, ConfirmationToken = await sim.TokenAsync("pm_card_authenticationRequiredOnSetup"), Confirm = true }, null, Ct);
        Assert.Equal("requires_action", setup.Status);
        Assert.Equal("use_stripe_sdk", setup.NextAction.Type);
        using var answer = await sim.PostAsync($"/_simulator/3ds/{setup.Id}", new() { ["client_secret"] = setup.ClientSecret, ["outcome"] = "complete", ["framed"] = "true" });
        var done = await sim.Stripe.V1.SetupIntents.GetAsync(setup.Id, null, null, Ct);
        Assert.Equal("succeeded", done.Status);

        var paid = await sim.PayAsync(done.PaymentMethodId, more: o => (o.Customer, o.OffSession) = (customer.Id, true));
        Assert.Equal("succeeded", paid.Status);
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.PayAsync("pm_card_authenticationRequired", more: o => o.OffSession = true));
        Assert.Equal("authentication_required", error.StripeError.Code);
    }

    [Fact]
    public async Task An_amount_below_the_minimum_is_refused()
    {
        await using var sim = await Simulator.StartAsync();
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.PayAsync(amount: 49));
        Assert.Equal("amount_too_small", error.StripeError.Code);
        Assert.Equal("succeeded", (await sim.PayAsync(amount: 50)).Status);
        Assert.Equal("succeeded", (await sim.PayAsync(amount: 30, currency: "gbp")).Status);
    }
}
