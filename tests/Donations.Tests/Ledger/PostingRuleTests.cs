using CsCheck;
using Donations.Server.Ledger;
using Donations.V1;

namespace Donations.Tests.Ledger;

/// <summary>The posting rules of docs/finance.md, row by row, and that whatever Stripe says the entry balances.</summary>
public sealed class PostingRuleTests
{
    private static readonly GiftFacts Gift = new(Payment.Types.Kind.RecurringFirst, 240, 40, "USD", new("press", "general", 1));

    [Theory]
    [InlineData("charge", 1000, 59, "1010 +941, 6000 +59, 4010 -833, 4050 -167")]
    [InlineData("refund", -1000, 0, "1010 -1000, 4900 +1000")]
    [InlineData("refund_failure", 1000, 0, "1010 +1000, 2100 -1000")]
    [InlineData("charge_failure", -1000, 0, "1010 -1000, 4010 +833, 4050 +167")]
    [InlineData("dispute", -1000, 1500, "1010 -2500, 6010 +1500, 1200 +1000")]
    [InlineData("dispute_reversal", 1000, -1500, "1010 +2500, 6010 -1500, 1200 -1000")]
    [InlineData("fee", -123, 0, "1010 -123, 6020 +123")]
    [InlineData("payout", -941, 0, "1010 -941, 1020 +941")]
    [InlineData("payout_reversal", 941, 0, "1010 +941, 1020 -941")]
    [InlineData("risk_reserved_funds", -500, 0, "1010 -500, 1300 +500")]
    [InlineData("topup", 500, 0, "1010 +500, 1000 -500")]
    [InlineData("something_of_next_year", 500, 0, "1010 +500, 9999 -500")]
    public void Each_category_has_its_rule(string category, long amount, long fee, string expected) => Assert.Equal(expected, Show(PostingRules.ForBalanceTransaction(Facts(category, amount, fee), Gift, false)));

    [Theory]
    [InlineData("charge", 1000, 59, "1010 +941, 6000 +59, 2200 -1000")]
    [InlineData("refund", -1000, 0, "1010 -1000, 2200 +1000")]
    [InlineData("dispute", -1000, 1500, "1010 -2500, 6010 +1500, 2200 +1000")]
    public void What_is_not_a_gift_goes_to_unallocated_receipts(string category, long amount, long fee, string expected) =>
        Assert.Equal(expected, Show(PostingRules.ForBalanceTransaction(Facts(category, amount, fee), null, false)));

    [Fact]
    public void A_fee_above_the_gross_leaves_the_clearing_account_owing() =>
        Assert.Equal("1010 -6, 6000 +36, 4000 -30", Show(PostingRules.ForBalanceTransaction(Facts("charge", 30, 36), Gift with { Kind = Payment.Types.Kind.OneTime, AmountMinor = 30, FeeCoverMinor = 0 }, false)));

    [Fact]
    public void A_converted_gift_keeps_the_donors_amount_beside_it()
    {
        var draft = PostingRules.ForBalanceTransaction(Facts("charge", 1080, 80) with { ExchangeRate = "1.08" }, Gift with { Currency = "EUR", AmountMinor = 1000, FeeCoverMinor = 0 }, false);
        Assert.Equal(new Original(1000, "EUR", "1.08"), draft.Lines.Single(l => l.Account == Account.DonationsRecurringFirst).Original);
    }

    [Fact]
    public void Every_entry_balances() =>
        Gen.Select(
            Gen.OneOf(new[] { "charge", "refund", "dispute", "fee", "payout", "adjustment", "charge_failure", "dispute_reversal", "topup" }.Select(v => Gen.Const(v)).ToArray()),
            Gen.Long[-99_999_999, 99_999_999], Gen.Long[-10_000, 10_000], Gen.Long[1, 99_999_999], Gen.Bool).Sample((category, amount, fee, gift, ours) =>
        {
            var facts = Gift with { AmountMinor = gift, FeeCoverMinor = gift / 3 };
            Assert.Equal(0, PostingRules.ForBalanceTransaction(Facts(category, amount, fee), ours ? facts : null, false).Lines.Sum(l => l.SignedMinor));
        });

    [Fact]
    public void A_paid_payout_reaches_the_bank() => Assert.Equal("1000 +941, 1020 -941", Show(PostingRules.ForPayoutPaid("po_1", 941, "USD", 1, false)));

    [Fact]
    public void A_newsroom_maps_its_own_codes_but_never_two_accounts_to_one()
    {
        var options = new LedgerOptions { Accounts = { [Account.Refunds] = "R-1" } };
        Assert.Equal("R-1", new ChartOfAccounts(options).Code(Account.Refunds));
        options.Accounts[Account.Suspense] = "R-1";
        Assert.Throws<InvalidOperationException>(() => new ChartOfAccounts(options));
    }

    private static BalanceTransactionFacts Facts(string category, long amount, long fee) => new("txn_1", category, "src_1", amount, fee, amount - fee, "USD", null, 1, 2);

    private static string Show(JournalDraft draft)
    {
        var chart = new ChartOfAccounts(new());
        return string.Join(", ", draft.Lines.Select(l => $"{chart.Code(l.Account)} {(l.SignedMinor > 0 ? "+" : "")}{l.SignedMinor}"));
    }
}
