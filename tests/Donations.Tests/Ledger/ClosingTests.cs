using Donations.Server.Ledger;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Ledger;

/// <summary>Closing months, payouts as batches, and entries by hand: who may, in which order, and what it does to the books.</summary>
public sealed class ClosingTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    /// <summary>Whether all that is in the books is at Stripe too.</summary>
    private bool _compare = true;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_compare)
            await _scenario.CheckAgainstStripeAsync();
        await _scenario.DisposeAsync();
    }

    private CallOptions Finance => Person("anna");

    private CallOptions Second => Person("boris");

    [Fact]
    public async Task A_payout_becomes_a_batch_whose_rows_come_to_it_and_is_closed_and_exported()
    {
        await GiveAsync();
        await _scenario.LiveAsync(TimeSpan.FromDays(6), TimeSpan.FromHours(12));
        var payout = Assert.Single((await _scenario.Ledger.ListPayoutsAsync(new(), Finance)).Payouts);
        Assert.Equal((Payout.Types.State.Paid, Payout.Types.BatchState.TotalVerified, ""), (payout.State, payout.BatchState, payout.OpenReason));
        Assert.Equal((2, payout.Amount, Scenario.Usd(20)), (payout.TransactionCount, payout.Net, payout.Gross));
        var rows = (await _scenario.Reports.ListPayoutTransactionsAsync(new() { Payout = payout.Name }, Finance)).BalanceTransactions;
        Assert.Equal(["charge", "charge", "payout"], rows.Select(r => r.Category).Order());
        Assert.All(rows, r => Assert.Equal(payout.Name, r.Payout));

        // Exported before it is closed: no. Each step twice: the same.
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Ledger.MarkPayoutExportedAsync(new() { Name = payout.Name, Document = "GL-7" }, Finance))).Reason());
        await _scenario.Ledger.ClosePayoutAsync(new() { Name = payout.Name }, Finance);
        Assert.Equal(Payout.Types.BatchState.Closed, (await _scenario.Ledger.ClosePayoutAsync(new() { Name = payout.Name }, Finance)).BatchState);
        Assert.Equal(("GL-7", Payout.Types.BatchState.Exported), await Of(_scenario.Ledger.MarkPayoutExportedAsync(new() { Name = payout.Name, Document = "GL-7" }, Finance), p => (p.Document, p.BatchState)));
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Ledger.MarkPayoutExportedAsync(new() { Name = payout.Name, Document = "GL-8" }, Finance))).Reason());
        Assert.Equal(["closed", "exported"], (await _scenario.Reports.GetCloseLogAsync(new() { Interval = Always }, Finance)).Entries.Select(e => e.Action));
    }

    [Fact]
    public async Task A_payout_that_lacks_a_row_stays_open_until_it_is_reconciled()
    {
        await GiveAsync();
        await _scenario.LiveAsync(TimeSpan.FromDays(6), TimeSpan.FromHours(12));
        var payout = Assert.Single((await _scenario.Ledger.ListPayoutsAsync(new(), Finance)).Payouts);
        // As if the row's payout had never been told.
        await _scenario.ExecuteAsync("UPDATE balance_transactions SET payout_id = NULL WHERE category = 'charge' AND balance_transaction_id = (SELECT min(balance_transaction_id) FROM balance_transactions WHERE category = 'charge')");
        Assert.Contains((await _scenario.Ledger.CheckBooksAsync(new(), Finance)).Invariants, i => i is { Invariant: "payouts_add_up", ViolationCount: 1 });
        Assert.Equal(Payout.Types.BatchState.TotalVerified, (await _scenario.Ledger.ReconcilePayoutAsync(new() { Name = payout.Name }, Finance)).BatchState);
        Assert.All((await _scenario.Ledger.CheckBooksAsync(new(), Finance)).Invariants, i => Assert.Equal(0, i.ViolationCount));
        Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _scenario.Ledger.ReconcilePayoutAsync(new() { Name = "payouts/po_nobodys" }, Finance))).Reason());
    }

    [Fact]
    public async Task A_month_closes_in_order_with_two_people_and_a_late_fact_goes_to_the_open_one()
    {
        await GiveAsync();
        Assert.Equal("PERIOD_NOT_READY", (await Errors.OfAsync(() => _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance))).Reason());
        await _scenario.LiveAsync(TimeSpan.FromDays(9), TimeSpan.FromHours(12));
        Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-10" }, Finance))).Reason());
        Assert.Equal(Period.Types.State.Closing, (await _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance)).State);
        Assert.Equal("SECOND_PERSON_NEEDED", (await Errors.OfAsync(() => _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance))).Reason());
        Assert.Equal(Period.Types.State.Open, (await _scenario.Ledger.ReopenClosingPeriodAsync(new() { Name = "periods/2026-11" }, Second)).State);
        await _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance);
        var closed = await _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Second);
        Assert.Equal((Period.Types.State.Closed, "staff/anna", "staff/boris"), (closed.State, closed.Requester, closed.Closer));
        Assert.Equal(_scenario.Count("SELECT count(*) FROM journal_entries WHERE book_date < 20261201"), closed.EntryCount);
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance))).Reason());

        // A fact of November, told in December.
        var store = _scenario.Server.Services.GetRequiredService<LedgerStore>();
        var late = new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
        await _scenario.Server.Services.GetRequiredService<Donations.Server.Storage.Database>().WriteAsync(c => store.Post(c, new JournalDraft("test", "late", "posted", "USD", late, false, "late").Add(Account.OperatingBank, 5).Add(Account.OpeningBalances, -5)));
        Assert.Equal(20261201, _scenario.Count("SELECT book_date FROM journal_entries WHERE source_id = 'late'"));
        Assert.Single((await _scenario.Ledger.ListExceptionsAsync(new() { Kind = ReconciliationException.Types.Kind.Late }, Finance)).Exceptions);
        Assert.All((await _scenario.Ledger.CheckBooksAsync(new(), Finance)).Invariants, i => Assert.Equal((i.Invariant, 0), (i.Invariant, i.ViolationCount)));
        Assert.Equal(["periods/2026-12", "periods/2026-11"], (await _scenario.Ledger.ListPeriodsAsync(new(), Finance)).Periods.Select(p => p.Name));
    }

    [Fact]
    public async Task What_a_late_fact_moved_stands_between_the_balance_by_facts_and_by_booked_days()
    {
        await GiveAsync();
        await _scenario.LiveAsync(TimeSpan.FromDays(9), TimeSpan.FromHours(12));
        await _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance);
        await _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Second);
        Assert.Equal((Scenario.Usd(0), Scenario.Usd(0)), await BalanceOfAsync(11));
        var late = new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
        var transactions = _scenario.Server.Services.GetRequiredService<BalanceTransactions>();
        await _scenario.Server.Services.GetRequiredService<Donations.Server.Storage.Database>().WriteAsync(c => transactions.Post(c, new("txn_late", "charge", "ch_nobodys", 700, 50, 650, "USD", null, late, late), null, false, PostingContext.None));
        // November's facts have it, November's books do not; from December on both do.
        Assert.Equal((Scenario.Usd(6, 50), Scenario.Usd(6, 50)), await BalanceOfAsync(11));
        Assert.Equal((Scenario.Usd(0), Scenario.Usd(0)), await BalanceOfAsync(12));
        _compare = false;
    }

    [Fact]
    public async Task Lines_by_hand_take_every_dimension_and_the_mode_of_the_books()
    {
        await GiveAsync();
        await _scenario.ExecuteAsync("DROP TRIGGER books_account_no_update; UPDATE books_account SET livemode = 1");
        var (debit, credit) = (Line("1000", 500), Line("3000", -500));
        (debit.Campaign, debit.Fund, debit.Placement, debit.Method) = ("campaigns/press", "General", Placement.ArticleEnd, "sepa_debit");
        var made = await _scenario.Ledger.CreateJournalProposalAsync(new() { JournalProposal = new() { Reason = "bank opening", Lines = { debit, credit } }, RequestId = Scenario.NewRequestId() }, Finance);
        var posted = await _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = made.Name }, Second);
        var entry = await _scenario.Ledger.GetJournalEntryAsync(new() { Name = posted.JournalEntry }, Finance);
        Assert.Equal((true, "acct_simulator"), (entry.Livemode, entry.StripeAccount));
        Assert.Equal(("campaigns/press", "General", Placement.ArticleEnd, "sepa_debit"), (entry.Lines[0].Campaign, entry.Lines[0].Fund, entry.Lines[0].Placement, entry.Lines[0].Method));
        Assert.Equal(("", "", Placement.Unspecified, ""), (entry.Lines[1].Campaign, entry.Lines[1].Fund, entry.Lines[1].Placement, entry.Lines[1].Method));
        Assert.Equal(1, _scenario.Count($"SELECT count(*) FROM ledger_sums WHERE cut = 15 AND period > 9999999 AND account = '1000' AND placement = {(int)Placement.ArticleEnd} AND method = 'sepa_debit'"));
        (debit.Placement, debit.Method) = ((Placement)99, "Card!");
        var error = await Errors.OfAsync(() => _scenario.Ledger.CreateJournalProposalAsync(new() { JournalProposal = new() { Reason = "bank opening", Lines = { debit, credit } }, RequestId = Scenario.NewRequestId() }, Finance));
        Assert.Equal(["journal_proposal.lines[0].placement", "journal_proposal.lines[0].method"], error.Fields());
    }

    [Fact]
    public async Task What_stands_in_the_way_of_closing_is_told_all_at_once()
    {
        await GiveAsync();
        await PostToSuspenseAsync("txn_strange");
        var made = await ProposeAsync(("1000", 5), ("3000", -5));
        await _scenario.LiveAsync(TimeSpan.FromDays(9), TimeSpan.FromHours(12));
        var obstacles = (await _scenario.Ledger.GetPeriodAsync(new() { Name = "periods/2026-11" }, Finance)).Obstacles;
        Assert.Contains("suspense (9999) holds -7.00 USD", obstacles);
        Assert.Contains($"{made.Name} waits for a second person", obstacles);
        var error = await Errors.OfAsync(() => _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, Finance));
        Assert.Equal(obstacles, error.Detail<Google.Rpc.PreconditionFailure>().Violations.Select(v => v.Description));
        await _scenario.Ledger.RejectJournalProposalAsync(new() { Name = made.Name, Note = "not ours" }, Finance);
        await MendSuspenseAsync("txn_strange");
        Assert.Empty((await _scenario.Ledger.GetPeriodAsync(new() { Name = "periods/2026-11" }, Finance)).Obstacles);
        _compare = false;
    }

    [Fact]
    public async Task An_entry_by_hand_is_posted_by_a_second_person_once()
    {
        await GiveAsync();
        var made = await ProposeAsync(("1000", 500), ("3000", -500));
        Assert.Equal((JournalProposal.Types.State.Proposed, ""), (made.State, made.JournalEntry));
        Assert.Equal("SECOND_PERSON_NEEDED", (await Errors.OfAsync(() => _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = made.Name }, Finance))).Reason());
        var posted = await _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = made.Name, Note = "seen" }, Second);
        Assert.Equal((JournalProposal.Types.State.Posted, "staff/anna", "staff/boris"), (posted.State, posted.Proposer, posted.Decider));
        var entry = await _scenario.Ledger.GetJournalEntryAsync(new() { Name = posted.JournalEntry }, Finance);
        Assert.Equal(("manual", "bank opening"), (entry.SourceKind, entry.Memo));
        Assert.Equal([("1000", 5L), ("3000", 0L)], entry.Lines.Select(l => (l.Account, l.Debit?.Units ?? 0)));
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = made.Name }, Second))).Reason());

        // Reversed: every line the other way round, linked, and once only.
        var reversal = await _scenario.Ledger.ReverseJournalEntryAsync(new() { Name = posted.JournalEntry, Reason = "wrong bank" }, Second);
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _scenario.Ledger.ReverseJournalEntryAsync(new() { Name = posted.JournalEntry, Reason = "again" }, Second))).Reason());
        var reversed = await _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = reversal.Name }, Finance);
        Assert.Equal(posted.JournalEntry, (await _scenario.Ledger.GetJournalEntryAsync(new() { Name = reversed.JournalEntry }, Finance)).ReversedJournalEntry);
        Assert.Equal(0, _scenario.Count("SELECT sum(debit_minor - credit_minor) FROM journal_lines WHERE account = '3000'"));
    }

    [Fact]
    public async Task Stripe_s_balance_is_never_touched_by_hand()
    {
        await GiveAsync();
        Assert.Contains("journal_proposal.lines", (await Errors.OfAsync(() => ProposeAsync(("1010", 5), ("3000", -5)))).Fields());
        var charge = (await _scenario.Ledger.ListJournalEntriesAsync(new(), Finance)).JournalEntries.First(e => e.Transition == "charge");
        Assert.Contains("lines", (await Errors.OfAsync(() => _scenario.Ledger.ReverseJournalEntryAsync(new() { Name = charge.Name, Reason = "no gift of ours" }, Finance))).Fields());
        // With what should have been booked it may: a gift that was somebody else's.
        var asked = new ReverseJournalEntryRequest { Name = charge.Name, Reason = "no gift of ours", Lines = { Line("1010", 941), Line("6000", 59), Line("2200", -1000) } };
        var made = await _scenario.Ledger.ReverseJournalEntryAsync(asked, Finance);
        await _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = made.Name }, Second);
        Assert.Equal(1000, _scenario.Count("SELECT sum(credit_minor - debit_minor) FROM journal_lines WHERE account = '2200'"));
    }

    [Theory]
    [InlineData("lines", "1000 5", "3000 -4")]
    [InlineData("lines", "1000 5")]
    [InlineData("lines[1].account", "1000 5", "9 -5")]
    [InlineData("lines[0]", "1000 0", "3000 0")]
    public async Task Entries_that_cannot_be_are_refused_by_field(string field, params string[] lines)
    {
        var error = await Errors.OfAsync(() => ProposeAsync([.. lines.Select(l => l.Split(' ') is [var account, var minor] ? (account, long.Parse(minor, System.Globalization.CultureInfo.InvariantCulture)) : default)]));
        Assert.Contains("journal_proposal." + field, error.Fields());
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM journal_proposals"));
    }

    [Fact]
    public async Task A_look_at_what_is_new_takes_back_nothing_that_a_look_at_everything_found()
    {
        await GiveAsync();
        var check = _scenario.Server.Services.GetRequiredService<BooksCheck>();
        await check.RunAsync(CancellationToken.None);
        await _scenario.ExecuteAsync("UPDATE ledger_sums SET debit_count = debit_count + 1 WHERE account = '6000'");
        Assert.Contains((await check.CheckAsync(CancellationToken.None)).Invariants, i => i is { Invariant.Name: "sums_are_right", Violations.Count: 1 });
        await check.RunAsync(CancellationToken.None);
        var request = new ListExceptionsRequest { Kind = ReconciliationException.Types.Kind.Invariant, State = ReconciliationException.Types.State.Open };
        Assert.Equal("sums_are_right", Assert.Single((await _scenario.Ledger.ListExceptionsAsync(request, Finance)).Exceptions).ObjectId);
        // Mended, and looked at as a whole: settled.
        await _scenario.Ledger.RebuildRollUpsAsync(new(), Finance);
        await _scenario.Ledger.CheckBooksAsync(new(), Finance);
        Assert.Empty((await _scenario.Ledger.ListExceptionsAsync(request, Finance)).Exceptions);
    }

    [Fact]
    public async Task An_entry_by_hand_before_the_books_begin_is_a_slip()
    {
        await GiveAsync();
        var request = new CreateJournalProposalRequest { JournalProposal = new() { Reason = "bank opening", BookDate = new() { Year = 2016, Month = 11, Day = 24 }, Lines = { Line("1000", 5), Line("3000", -5) } }, RequestId = Scenario.NewRequestId() };
        Assert.Contains("journal_proposal.book_date", (await Errors.OfAsync(() => _scenario.Ledger.CreateJournalProposalAsync(request, Finance))).Fields());
    }

    [Fact]
    public async Task Auditors_read_and_write_nothing()
    {
        await GiveAsync();
        var auditor = _scenario.Server.As("auditor");
        var charge = (await _scenario.Ledger.ListJournalEntriesAsync(new(), auditor)).JournalEntries.First(e => e.Transition == "charge");
        var sample = await _scenario.Ledger.GetBalanceTransactionAsync(new() { Name = "balanceTransactions/" + charge.SourceId }, auditor);
        Assert.Equal((charge.Name, "charge", "acct_simulator", false), (sample.JournalEntry, sample.Category, sample.StripeAccount, sample.Livemode));
        Assert.Equal(Scenario.Usd(10), (await _scenario.Payments.GetPaymentAsync(new() { Name = sample.Payment }, auditor)).Amount);
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _scenario.Ledger.ClosePeriodAsync(new() { Name = "periods/2026-11" }, auditor))).Reason());
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _scenario.Payments.RefundPaymentAsync(new() { Name = sample.Payment, RequestId = Scenario.NewRequestId() }, auditor))).Reason());
    }

    /// <summary>Late facts of a month's balance summary, and by how much its two closings differ.</summary>
    private async Task<(Google.Type.Money Late, Google.Type.Money Between)> BalanceOfAsync(int month)
    {
        Timestamp At(int m) => Timestamp.FromDateTimeOffset(new(2026 + ((m - 1) / 12), ((m - 1) % 12) + 1, 1, 0, 0, 0, TimeSpan.Zero));
        var interval = new Google.Type.Interval { StartTime = At(month), EndTime = At(month + 1) };
        var summary = Assert.Single((await _scenario.Reports.GetBalanceSummaryAsync(new() { Interval = interval }, Finance)).Currencies);
        long Minor(Google.Type.Money money) => (money.Units * 100) + (money.Nanos / 10_000_000);
        var between = Minor(summary.Closing) - Minor(summary.LedgerClosing);
        return (summary.LateFacts, Scenario.Usd(between / 100, (int)(between % 100)));
    }

    private static Google.Type.Interval Always => new() { StartTime = new() { Seconds = 0 }, EndTime = new() { Seconds = 4_102_444_800 } };

    private CallOptions Person(string subject) => TestServer.Bearer(_scenario.Server.Token("finance", subject));

    private async Task GiveAsync()
    {
        await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
    }

    private static async Task<TResult> Of<T, TResult>(AsyncUnaryCall<T> call, Func<T, TResult> map) => map(await call);

    private AsyncUnaryCall<JournalProposal> ProposeAsync(params (string Account, long Minor)[] lines) => _scenario.Ledger.CreateJournalProposalAsync(
        new() { JournalProposal = new() { Reason = "bank opening", Lines = { lines.Select(l => Line(l.Account, l.Minor)) } }, RequestId = Scenario.NewRequestId() }, Finance);

    private static JournalProposalLine Line(string account, long minor)
    {
        var line = new JournalProposalLine { Account = account };
        var money = new Google.Type.Money { CurrencyCode = "USD", Units = Math.Abs(minor) / 100, Nanos = (int)(Math.Abs(minor) % 100) * 10_000_000 };
        if (minor > 0)
            line.Debit = money;
        else if (minor < 0)
            line.Credit = money;
        return line;
    }

    /// <summary>A balance transaction of a category that no rule knows.</summary>
    private async Task PostToSuspenseAsync(string id)
    {
        var transactions = _scenario.Server.Services.GetRequiredService<BalanceTransactions>();
        var now = _scenario.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        await _scenario.Server.Services.GetRequiredService<Donations.Server.Storage.Database>().WriteAsync(c => transactions.Post(c, new(id, "of_next_year", null, 700, 0, 700, "USD", null, now, now), null, false, PostingContext.None));
        Assert.Single((await _scenario.Ledger.ListExceptionsAsync(new() { Kind = ReconciliationException.Types.Kind.Unmapped, State = ReconciliationException.Types.State.Open }, Finance)).Exceptions);
    }

    private async Task MendSuspenseAsync(string id)
    {
        var entry = Assert.Single((await _scenario.Ledger.ListJournalEntriesAsync(new() { SourceId = id }, Finance)).JournalEntries);
        var made = await _scenario.Ledger.ReverseJournalEntryAsync(new() { Name = entry.Name, Reason = "a credit of Stripe's", Lines = { Line("1010", 700), Line("6020", -700) } }, Finance);
        await _scenario.Ledger.ApproveJournalProposalAsync(new() { Name = made.Name }, Second);
        Assert.Empty((await _scenario.Ledger.ListExceptionsAsync(new() { Kind = ReconciliationException.Types.Kind.Unmapped, State = ReconciliationException.Types.State.Open }, Finance)).Exceptions);
    }
}
