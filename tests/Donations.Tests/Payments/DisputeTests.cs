using Donations.Testing;
using Donations.V1;

namespace Donations.Tests.Payments;

/// <summary>Disputed gifts in the books: withdrawn, won back, lost, or only asked about.</summary>
public sealed class DisputeTests : IAsyncLifetime
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
    public async Task A_lost_dispute_moves_from_receivable_to_chargebacks()
    {
        var dispute = await DisputedAsync("pm_card_createDispute");
        Assert.Equal((1000, 1500, 0), (Balance("1200"), Balance("6010"), Balance("4910")));
        await _scenario.Stripe.Disputes.UpdateAsync(dispute, new() { Evidence = new() { UncategorizedText = "losing_evidence" }, Submit = true });
        await _scenario.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal((0, 1000), (Balance("1200"), Balance("4910")));
    }

    [Fact]
    public async Task A_won_dispute_leaves_nothing_receivable_and_no_chargeback()
    {
        var dispute = await DisputedAsync("pm_card_createDispute");
        await _scenario.Stripe.Disputes.UpdateAsync(dispute, new() { Evidence = new() { UncategorizedText = "winning_evidence" }, Submit = true });
        await _scenario.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal((0, 0), (Balance("1200"), Balance("4910")));
    }

    [Fact]
    public async Task An_inquiry_moves_no_money()
    {
        await DisputedAsync("pm_card_createDisputeInquiry");
        Assert.Equal((0, 0), (Balance("1200"), Balance("6010")));
    }

    private async Task<string> DisputedAsync(string paymentMethod)
    {
        var made = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10), paymentMethod);
        Assert.Equal(Pledge.Types.State.Paid, made.Pledge.State);
        await _scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        return Assert.Single((await _scenario.Stripe.Disputes.ListAsync()).Data).Id;
    }

    private long Balance(string account) => _scenario.Count($"SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM journal_lines WHERE account = '{account}'");
}
