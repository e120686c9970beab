namespace Donations.Server.Ledger;

/// <summary>The roll-ups of the journal and of Stripe's balance: what trial balance and summaries read.</summary>
internal static class LedgerSums
{
    /// <summary>
    /// Debits and credits by account and dimensions. <c>of_gift</c> says whether a line belongs to a gift of a campaign: fees do where the payment was one.
    /// </summary>
    public static readonly Sums Journal = new(
        "ledger_sums", "journal_lines", "entry_id", "book_date",
        keys: [("currency", "currency"), ("account", "account"), ("of_gift", "campaign_id IS NOT NULL")],
        values: [("debit_minor", "sum(debit_minor)"), ("credit_minor", "sum(credit_minor)"), ("debit_count", "sum(debit_minor > 0)"), ("credit_count", "sum(credit_minor > 0)")],
        dimensions: [("campaign_id", "''"), ("fund", "''"), ("placement", "0"), ("method", "''")],
        // Nothing, each by itself, campaign with fund as the journal in sums has them, everything.
        cuts: [0, 1, 2, 4, 8, 3, 15]);

    /// <summary>Stripe's balance transactions by category.</summary>
    public static readonly Sums Balance = new(
        "balance_sums", "balance_transactions", "balance_transaction_id", "fact_date",
        keys: [("currency", "currency"), ("category", "category")],
        values: [
            ("transaction_count", "count(*)"), ("amount_minor", "sum(amount_minor)"), ("fee_minor", "sum(fee_minor)"), ("net_minor", "sum(net_minor)"), ("expected_fee_minor", "sum(expected_fee_minor)"),
        ]);
}
