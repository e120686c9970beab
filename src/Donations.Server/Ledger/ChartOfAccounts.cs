using System.Collections.Frozen;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>What the posting rules know an account as; the code behind it is configuration.</summary>
internal enum Account
{
    OperatingBank,
    StripeClearing,
    PayoutsInTransit,
    DisputesReceivable,
    StripeReserves,
    RefundsPayable,
    UnallocatedReceipts,
    OpeningBalances,
    DonationsOneTime,
    DonationsRecurringFirst,
    DonationsRecurringSubsequent,
    FeeCoverContributions,
    Refunds,
    ChargebacksLost,
    ProcessingFees,
    DisputeFees,
    OtherStripeFees,
    ForeignExchange,
    Suspense,
}

/// <summary>The accounts with their codes and names, as docs/finance.md lists them. A newsroom may map its own codes (Ledger:Accounts).</summary>
internal sealed class ChartOfAccounts
{
    private static readonly (Account Account, string Code, string Name)[] Defaults =
    [
        (Account.OperatingBank, "1000", "Operating bank"),
        (Account.StripeClearing, "1010", "Stripe clearing"),
        (Account.PayoutsInTransit, "1020", "Payouts in transit"),
        (Account.DisputesReceivable, "1200", "Disputes receivable"),
        (Account.StripeReserves, "1300", "Stripe reserves"),
        (Account.RefundsPayable, "2100", "Refunds payable"),
        (Account.UnallocatedReceipts, "2200", "Unallocated receipts"),
        (Account.OpeningBalances, "3000", "Opening balances"),
        (Account.DonationsOneTime, "4000", "Donations: one-time"),
        (Account.DonationsRecurringFirst, "4010", "Donations: recurring, first gift"),
        (Account.DonationsRecurringSubsequent, "4020", "Donations: recurring, subsequent"),
        (Account.FeeCoverContributions, "4050", "Fee-cover contributions"),
        (Account.Refunds, "4900", "Refunds"),
        (Account.ChargebacksLost, "4910", "Chargebacks lost"),
        (Account.ProcessingFees, "6000", "Processing fees"),
        (Account.DisputeFees, "6010", "Dispute fees"),
        (Account.OtherStripeFees, "6020", "Other Stripe fees"),
        (Account.ForeignExchange, "7000", "FX gain or loss"),
        (Account.Suspense, "9999", "Suspense"),
    ];

    private readonly FrozenDictionary<Account, string> _codes;
    private readonly FrozenDictionary<string, string> _names;
    private readonly FrozenDictionary<string, Account> _accounts;

    public ChartOfAccounts(LedgerOptions options)
    {
        _codes = Defaults.ToFrozenDictionary(d => d.Account, d => options.Accounts.GetValueOrDefault(d.Account, d.Code));
        if (_codes.Values.Distinct(StringComparer.Ordinal).Count() != _codes.Count)
            throw new InvalidOperationException("Ledger:Accounts maps two accounts to one code");
        _accounts = _codes.ToFrozenDictionary(c => c.Value, c => c.Key, StringComparer.Ordinal);
        _names = Defaults.ToFrozenDictionary(d => _codes[d.Account], d => d.Name, StringComparer.Ordinal);
    }

    public string Code(Account account) => _codes[account];

    /// <summary>The accounts with their codes, in the order of the chart.</summary>
    public IEnumerable<(Account Account, string Code)> All => Defaults.Select(d => (d.Account, _codes[d.Account]));

    /// <summary>Holds the codes against those that were used from the first start on: an account that changed its code would be two.</summary>
    /// <exception cref="InvalidOperationException">A code is another one than before.</exception>
    public void Fix(SqliteConnection connection)
    {
        var known = connection.Query<(string Account, string Code)>("SELECT account, code FROM chart_accounts").ToDictionary(a => a.Account, a => a.Code, StringComparer.Ordinal);
        foreach (var (account, code) in All)
        {
            if (known.TryGetValue(account.ToString(), out var before) && before != code)
                throw new InvalidOperationException($"Ledger:Accounts:{account} is {code}, and the books know it as {before}: codes are fixed with the first start. Refusing to start.");
            if (before is null)
                connection.Execute("INSERT INTO chart_accounts (account, code) VALUES (@account, @code)", new { account = account.ToString(), code });
        }
    }

    /// <summary>The account behind a code; null where there is none.</summary>
    public Account? Find(string code) => _accounts.TryGetValue(code, out var account) ? account : null;

    /// <summary>The account's name, or the code itself where it is no longer mapped.</summary>
    public string Name(string code) => _names.GetValueOrDefault(code, code);
}

/// <summary>How the books are kept.</summary>
internal sealed class LedgerOptions
{
    public const string Section = "Ledger";

    /// <summary>IANA zone of the books: a fact's day is the day there. Fixed at installation.</summary>
    public string BookTimeZone { get; set; } = "UTC";

    /// <summary>File of the chain's head, relative to the data directory; better on another disk.</summary>
    public string HeadFile { get; set; } = "ledger-head.txt";

    /// <summary>What is written by hand (entries, closing) needs a second person.</summary>
    public bool SecondPerson { get; set; } = true;

    /// <summary>First month of the fiscal year, 1 to 12.</summary>
    public int FiscalYearStartMonth { get; set; } = 1;

    /// <summary>
    /// First day of these books, yyyy-MM-dd: what Stripe moved before it is not booked one by one, but as an opening entry against 3000. Empty: everything
    /// since the account was opened. Read once, at the first sweep.
    /// </summary>
    public string OpeningDate { get; set; } = "";

    /// <summary>The newsroom's own codes, by account. Fixed once something is booked.</summary>
    public Dictionary<Account, string> Accounts { get; } = [];
}
