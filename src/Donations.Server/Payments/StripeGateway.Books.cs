using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Stripe;

namespace Donations.Server.Payments;

/// <summary>Refunds, disputes, early fraud warnings and payouts.</summary>
internal sealed partial class StripeGateway
{
    private static readonly List<string> RefundExpand = ["balance_transaction", "failure_balance_transaction"];

    public Task<RefundFacts> RefundAsync(string key, string refundName, string intentId, MinorAmount amount, string? reason, CancellationToken cancellationToken) => CallAsync(async () =>
        ToFacts(await V1.Refunds.CreateAsync(
            new() { PaymentIntent = intentId, Amount = amount.Minor, Reason = reason, Metadata = new() { [RefundKey] = refundName }, Expand = RefundExpand },
            Key(key),
            cancellationToken)));

    public Task<RefundFacts> GetRefundAsync(string refundId, CancellationToken cancellationToken) => ReadAsync(refundId, async () =>
        ToFacts(await V1.Refunds.GetAsync(refundId, new() { Expand = RefundExpand })), cancellationToken);

    public async Task<IReadOnlyList<RefundFacts>> ListRefundsOfAsync(string intentId, CancellationToken cancellationToken)
    {
        var found = new List<RefundFacts>();
        await foreach (var page in PagesAsync(
            after => V1.Refunds.ListAsync(new() { PaymentIntent = intentId, Limit = PageLimit, StartingAfter = after, Expand = ["data.balance_transaction", "data.failure_balance_transaction"] }), ToFacts, cancellationToken))
        {
            found.AddRange(page);
        }

        return found;
    }

    public async Task<RefundFacts?> FindRefundAsync(string intentId, string refundName, CancellationToken cancellationToken) =>
        (await ListRefundsOfAsync(intentId, cancellationToken)).FirstOrDefault(r => r.RefundName == refundName);

    public Task<DisputeFacts> GetDisputeAsync(string disputeId, CancellationToken cancellationToken) => ReadAsync(disputeId, async () =>
        ToFacts(await V1.Disputes.GetAsync(disputeId)), cancellationToken);

    public Task<DisputeFacts> SubmitEvidenceAsync(string key, string disputeId, string text, CancellationToken cancellationToken) => CallAsync(async () =>
        ToFacts(await V1.Disputes.UpdateAsync(disputeId, new() { Evidence = new() { UncategorizedText = text }, Submit = true }, Key(key), cancellationToken)));

    public Task<FraudWarningFacts> GetFraudWarningAsync(string warningId, CancellationToken cancellationToken) => ReadAsync(warningId, async () =>
        ToFacts(await V1.Radar.EarlyFraudWarnings.GetAsync(warningId)), cancellationToken);

    public Task<PayoutFacts> GetPayoutAsync(string payoutId, CancellationToken cancellationToken) => ReadAsync(payoutId, async () =>
        ToFacts(await V1.Payouts.GetAsync(payoutId, new() { Expand = ["balance_transaction"] })), cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<BalanceTransactionFacts>> ListTransactionsOfPayoutAsync(string payoutId, CancellationToken cancellationToken) => PagesAsync(
        after => V1.BalanceTransactions.ListAsync(new() { Payout = payoutId, Limit = PageLimit, StartingAfter = after }), ToFacts, cancellationToken);

    // Each call looks anew: two reads of a balance that share an answer would prove nothing.
    public Task<IReadOnlyList<BalanceFacts>> GetBalanceAsync(CancellationToken cancellationToken) => reads.WaitAsync(() => CallAsync<IReadOnlyList<BalanceFacts>>(async () =>
    {
        var balance = await V1.Balance.GetAsync(cancellationToken: cancellationToken);
        return [.. balance.Available.Select(a => a.Currency).Concat(balance.Pending.Select(p => p.Currency)).Distinct().Order(StringComparer.Ordinal).Select(currency => new BalanceFacts(
            currency.ToUpperInvariant(),
            balance.Available.Where(a => a.Currency == currency).Sum(a => a.Amount),
            balance.Pending.Where(p => p.Currency == currency).Sum(p => p.Amount)))];
    }), cancellationToken);

    public Task<string> GetAccountIdAsync(CancellationToken cancellationToken) => CallAsync(async () => (await V1.Accounts.GetSelfAsync(cancellationToken: cancellationToken)).Id);

    public Task<string?> FindIntentOfChargeAsync(string chargeId, CancellationToken cancellationToken) => ReadAsync(chargeId, async () =>
        (string?)(await V1.Charges.GetAsync(chargeId)).PaymentIntentId, cancellationToken);

    private static RefundFacts ToFacts(Refund refund) => new(
        refund.Id,
        refund.Status,
        new(refund.Amount, refund.Currency.ToUpperInvariant()),
        refund.Metadata?.GetValueOrDefault(RefundKey),
        refund.ChargeId,
        refund.FailureReason,
        refund.Reason,
        refund.Created.ToMicrosOrNull() ?? 0,
        refund.BalanceTransaction is { } transaction ? ToFacts(transaction) : null,
        refund.FailureBalanceTransaction is { } failure ? ToFacts(failure) : null);

    private static DisputeFacts ToFacts(Dispute dispute) => new(
        dispute.Id,
        dispute.Status,
        dispute.ChargeId,
        new(dispute.Amount, dispute.Currency.ToUpperInvariant()),
        dispute.Reason,
        dispute.EvidenceDetails?.DueBy.ToMicrosOrNull(),
        dispute.EvidenceDetails?.SubmissionCount > 0,
        dispute.Created.ToMicrosOrNull() ?? 0,
        dispute.BalanceTransactions?.ConvertAll(ToFacts) ?? []);

    private static FraudWarningFacts ToFacts(Stripe.Radar.EarlyFraudWarning warning) =>
        new(warning.Id, warning.ChargeId, warning.Actionable, warning.FraudType, warning.Created.ToMicrosOrNull() ?? 0);

    private static PayoutFacts ToFacts(Payout payout) => new(
        payout.Id,
        payout.Status,
        new(payout.Amount, payout.Currency.ToUpperInvariant()),
        payout.ArrivalDate.ToMicrosOrNull(),
        payout.BalanceTransaction is { } transaction ? ToFacts(transaction) : null,
        payout.Created.ToMicrosOrNull() ?? 0,
        payout.Automatic,
        payout.ReconciliationStatus == "completed",
        payout.FailureCode);
}
