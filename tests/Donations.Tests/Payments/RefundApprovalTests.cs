using Donations.Testing;
using Donations.V1;
using Grpc.Core;

namespace Donations.Tests.Payments;

/// <summary>A refund above the limit for one person: nothing is sent before a second one approves.</summary>
public sealed class RefundApprovalTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync(new() { ["Refunds:Limits:USD"] = "500" });

    public async ValueTask DisposeAsync()
    {
        await _scenario.CheckAgainstStripeAsync();
        await _scenario.DisposeAsync();
    }

    [Fact]
    public async Task It_waits_keeps_its_amount_and_goes_with_the_second_person()
    {
        var (payment, id) = (await PaidAsync(), Scenario.NewRequestId());
        Assert.Equal(Refund.Types.State.Succeeded, (await RefundAsync(payment, 5)).State);
        // What is left is not more than the limit, but with what went before it is: a large refund is not many small ones.
        var waiting = await _scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = id }, Person("anna"));
        Assert.Equal(Refund.Types.State.AwaitingApproval, waiting.State);
        await _scenario.Payments.RejectRefundAsync(new() { Name = waiting.Name }, Person("anna"));

        var large = await PaidAsync();
        id = Scenario.NewRequestId();
        waiting = await _scenario.Payments.RefundPaymentAsync(new() { Name = large.Name, RequestId = id }, Person("anna"));
        Assert.Equal((Refund.Types.State.AwaitingApproval, "staff/anna", ""), (waiting.State, waiting.Requester, waiting.Decider));
        Assert.Equal(waiting, await _scenario.Payments.RefundPaymentAsync(new() { Name = large.Name, RequestId = id }, Person("anna")));
        await _scenario.SettleAsync();
        Assert.Single((await _scenario.Stripe.Refunds.ListAsync(cancellationToken: TestContext.Current.CancellationToken)).Data);
        // It is spoken for.
        Assert.Equal("REFUND_TOO_LARGE", (await Errors.OfAsync(() => RefundAsync(large, 1))).Reason());
        Assert.Equal(waiting.Name, Assert.Single((await _scenario.Payments.ListRefundsAsync(new() { State = Refund.Types.State.AwaitingApproval }, Person("boris"))).Refunds).Name);

        Assert.Equal("SECOND_PERSON_NEEDED", (await Errors.OfAsync(() => _scenario.Payments.ApproveRefundAsync(new() { Name = waiting.Name }, Person("anna")))).Reason());
        var sent = await _scenario.Payments.ApproveRefundAsync(new() { Name = waiting.Name }, Person("boris"));
        Assert.Equal((Refund.Types.State.Succeeded, "staff/boris"), (sent.State, sent.Decider));
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Payments.ApproveRefundAsync(new() { Name = waiting.Name }, Person("boris")))).Reason());
        Assert.Equal(2, (await _scenario.Stripe.Refunds.ListAsync(cancellationToken: TestContext.Current.CancellationToken)).Data.Count);
    }

    [Fact]
    public async Task It_can_be_rejected_and_then_nothing_was_sent()
    {
        var payment = await PaidAsync();
        var waiting = await RefundAsync(payment, 10);
        Assert.Equal(Refund.Types.State.Cancelled, (await _scenario.Payments.RejectRefundAsync(new() { Name = waiting.Name }, Person("anna"))).State);
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Payments.ApproveRefundAsync(new() { Name = waiting.Name }, Person("boris")))).Reason());
        Assert.Empty((await _scenario.Stripe.Refunds.ListAsync(cancellationToken: TestContext.Current.CancellationToken)).Data);
        // The money can be asked for again.
        Assert.Equal(Refund.Types.State.AwaitingApproval, (await RefundAsync(payment, 10)).State);
    }

    private CallOptions Person(string subject) => TestServer.Bearer(_scenario.Server.Token("finance", subject));

    private AsyncUnaryCall<Refund> RefundAsync(Payment payment, long dollars) =>
        _scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(dollars) }, Person("anna"));

    private async Task<Payment> PaidAsync()
    {
        var made = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        return Assert.Single(await _scenario.PaymentsAsync(made));
    }
}
