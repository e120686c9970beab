using Donations.Testing;
using Donations.V1;
using Grpc.Core;

namespace Donations.Tests.Payments;

public sealed class RefundTests : IAsyncLifetime
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
    public async Task Two_equal_partial_refunds_are_two_refunds_and_a_third_is_too_much()
    {
        var payment = await PaidAsync();
        var first = await RefundAsync(payment, Scenario.Usd(4));
        var second = await RefundAsync(payment, Scenario.Usd(4));
        Assert.NotEqual(first.Name, second.Name);
        var error = await Errors.OfAsync(() => Call(payment, Scenario.Usd(4), Scenario.NewRequestId()));
        Assert.Equal(("REFUND_TOO_LARGE", "200"), (error.Reason(), error.Detail<Google.Rpc.ErrorInfo>().Metadata["refundable_minor"]));
        var rest = await RefundAsync(payment, null);
        Assert.Equal(Scenario.Usd(2), rest.Amount);
        await _scenario.SettleAsync();
        Assert.Equal(Scenario.Usd(10), (await GetAsync(payment)).RefundedAmount);
        Assert.Equal(3, (await _scenario.Stripe.Refunds.ListAsync()).Data.Count);
        Assert.Equal(1000, _scenario.Count("SELECT sum(debit_minor - credit_minor) FROM journal_lines WHERE account = '4900'"));
        // Stripe keeps the fee of the payment.
        Assert.Equal(59, _scenario.Count("SELECT sum(debit_minor - credit_minor) FROM journal_lines WHERE account = '6000'"));
    }

    [Fact]
    public async Task The_same_request_refunds_once()
    {
        var payment = await PaidAsync();
        var id = Scenario.NewRequestId();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ => await Call(payment, Scenario.Usd(3), id)));
        Assert.Single(answers.Distinct());
        Assert.Single((await _scenario.Stripe.Refunds.ListAsync()).Data);
    }

    [Fact]
    public async Task A_refund_that_fails_later_is_owed_to_the_donor()
    {
        var payment = await PaidAsync("pm_card_refundFail");
        var refund = await RefundAsync(payment, null);
        await _scenario.AdvanceAsync(TimeSpan.FromHours(2));
        var failed = await _scenario.Payments.GetRefundAsync(new() { Name = refund.Name }, _scenario.Server.As("finance"));
        Assert.Equal(Refund.Types.State.Failed, failed.State);
        Assert.NotEqual("", failed.FailureReason);
        Assert.Null((await GetAsync(payment)).RefundedAmount);
        Assert.Equal(1000, _scenario.Count("SELECT sum(credit_minor - debit_minor) FROM journal_lines WHERE account = '2100'"));
    }

    [Fact]
    public async Task A_refund_made_in_stripes_dashboard_is_taken_in()
    {
        var payment = await PaidAsync();
        await _scenario.Stripe.Refunds.CreateAsync(new() { PaymentIntent = payment.PaymentIntent, Amount = 250, Reason = "duplicate" });
        await _scenario.SettleAsync();
        Assert.Equal(Scenario.Usd(2, 50), (await GetAsync(payment)).RefundedAmount);
        Assert.Equal((long)Refund.Types.Reason.Duplicate, _scenario.Count("SELECT reason FROM refunds"));
    }

    [Fact]
    public async Task Bad_amounts_and_unknown_payments_get_typed_errors()
    {
        var payment = await PaidAsync();
        async Task<string> ReasonAsync(Google.Type.Money amount) => (await Errors.OfAsync(() => Call(payment, amount, Scenario.NewRequestId()))).Reason();
        Assert.Equal("FIELD_INVALID", await ReasonAsync(Scenario.Usd(0)));
        Assert.Equal("FIELD_INVALID", await ReasonAsync(Scenario.Usd(-1)));
        Assert.Equal("FIELD_INVALID", await ReasonAsync(new() { CurrencyCode = "EUR", Units = 1 }));
        Assert.Equal("REFUND_TOO_LARGE", await ReasonAsync(Scenario.Usd(10, 1)));
        payment.Name = "payments/" + new string('0', 26);
        Assert.Equal("RESOURCE_NOT_FOUND", await ReasonAsync(Scenario.Usd(1)));
        Assert.Empty((await _scenario.Stripe.Refunds.ListAsync()).Data);
    }

    [Fact]
    public async Task A_donor_sees_own_payments_without_stripes_ids_and_nobody_elses()
    {
        var mine = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        var theirs = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        var listed = Assert.Single((await _scenario.Payments.ListPaymentsAsync(new() { Pledge = mine.Pledge.Name }, Scenario.Donor(mine))).Payments);
        Assert.Equal(("", "", null), (listed.Charge, listed.PaymentIntent, listed.Settlement));
        var other = Assert.Single(await _scenario.PaymentsAsync(theirs));
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _scenario.Payments.GetPaymentAsync(new() { Name = other.Name }, Scenario.Donor(mine)))).Reason());
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _scenario.Payments.GetPaymentAsync(new() { Name = "payments/" + new string('0', 26) }, Scenario.Donor(mine)))).Reason());
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _scenario.Payments.ListPaymentsAsync(new() { Pledge = theirs.Pledge.Name }, Scenario.Donor(mine)))).Reason());
        Assert.Empty((await _scenario.Payments.ListPaymentsAsync(new() { Pledge = theirs.Pledge.Name.Replace(theirs.Pledge.Name.Split('/')[1], "me", StringComparison.Ordinal) }, Scenario.Donor(mine))).Payments);
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _scenario.Payments.RefundPaymentAsync(new() { Name = listed.Name, RequestId = Scenario.NewRequestId() }, Scenario.Donor(mine)))).Reason());
    }

    private async Task<Payment> PaidAsync(string paymentMethod = "pm_card_visa")
    {
        var made = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10), paymentMethod);
        await _scenario.SettleAsync();
        return Assert.Single(await _scenario.PaymentsAsync(made));
    }

    private async Task<Refund> RefundAsync(Payment payment, Google.Type.Money? amount) => await Call(payment, amount, Scenario.NewRequestId());

    private AsyncUnaryCall<Refund> Call(Payment payment, Google.Type.Money? amount, string requestId) => _scenario.Payments.RefundPaymentAsync(
        new() { Name = payment.Name, RequestId = requestId, Amount = amount, Reason = Refund.Types.Reason.RequestedByDonor }, _scenario.Server.As("finance"));

    private async Task<Payment> GetAsync(Payment payment) => await _scenario.Payments.GetPaymentAsync(new() { Name = payment.Name }, _scenario.Server.As("finance"));
}
