using Donations.Testing;
using Donations.V1;
using Google.Type;

namespace Donations.Tests.Receipts;

public sealed class AnnualStatementTests : ReceiptStory
{
    /// <summary>Thirteen hours ahead in January: the year there is over while UTC has its last morning.</summary>
    protected override Dictionary<string, string> Configuration => new() { ["Ledger:BookTimeZone"] = "Pacific/Auckland" };

    [Fact]
    public async Task A_years_payments_of_all_pledges_are_summed_per_currency()
    {
        var first = await PaidAsync();
        var again = await PaidAsync("monthly-2", 2, r => r.Parent = "donors/me", Scenario.Donor(first));
        await PaidAsync("one-time-25", 25, r =>
        {
            r.Parent = "donors/me";
            r.Amount = new() { CurrencyCode = "EUR", Units = 25 };
        }, Scenario.Donor(first));
        await PaidAsync();
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(2, (await Scenario.PaymentsAsync(again)).Count);
        await RefundAsync(await ReceiptOfAsync(first), 3);

        var statement = await StatementAsync(StatementOf(first));
        Assert.Equal(("S-2026-000001", 1, 2026, false, "Pacific/Auckland"), (statement.Number, statement.Version, statement.Year, statement.Complete, statement.TimeZone));
        Assert.Equal(["USD 10", "USD 2", "EUR 25", "USD 2"], statement.Gifts.Select(g => $"{g.Amount.CurrencyCode} {g.Amount.Units}"));
        Assert.Equal([first.Pledge.Reference, again.Pledge.Reference], statement.Gifts.Select(g => g.PledgeReference).Take(2));
        Assert.Equal(first.Pledge.Reference, Assert.Single(statement.Returns).PledgeReference);
        Assert.Equal(["EUR 25 0 25", "USD 14 3 11"], statement.Totals.Select(t => $"{t.NetAmount.CurrencyCode} {t.PaidAmount.Units} {t.ReturnedAmount.Units} {t.NetAmount.Units}"));
        Assert.All(statement.Totals, t => Assert.Equal(t.PaidAmount.CurrencyCode, t.ReturnedAmount.CurrencyCode));
        foreach (var shown in (string[])["EUR\u00A025.00", "USD\u00A014.00", "USD\u00A03.00", "USD\u00A011.00", "The year is not over", "1 January 2026", "31 December 2026"])
            Assert.Contains(shown, Plain(statement.Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_year_ends_at_midnight_of_the_books()
    {
        PassTo(new(2026, 12, 31, 10, 59, 0, TimeSpan.Zero));
        var made = await PaidAsync();
        PassTo(new(2026, 12, 31, 11, 0, 0, TimeSpan.Zero));
        await PaidAsync("one-time-25", 25, r => r.Parent = "donors/me", TestServer.Bearer(await TokenAsync(made)));

        var old = await StatementAsync(StatementOf(made));
        Assert.Equal((Scenario.Usd(10), true), (Assert.Single(old.Totals).NetAmount, old.Complete));
        Assert.Equal(new Date { Year = 2026, Month = 12, Day = 31 }, Assert.Single(old.Gifts).PayDate);
        var next = await StatementAsync(StatementOf(made, 2027));
        Assert.Equal((Scenario.Usd(25), false), (Assert.Single(next.Totals).NetAmount, next.Complete));
        Assert.Equal(new Date { Year = 2027, Month = 1, Day = 1 }, Assert.Single(next.Gifts).PayDate);
        // The number's year is that of the first issue.
        Assert.Equal(("S-2027-000001", "S-2027-000002"), (old.Number, next.Number));
    }

    [Fact]
    public async Task A_refund_counts_in_its_own_year_and_leaves_the_statement_before_as_it_was()
    {
        var made = await PaidAsync();
        PassTo(new(2026, 12, 31, 12, 0, 0, TimeSpan.Zero));
        var before = await StatementAsync(StatementOf(made));
        await RefundAsync(await ReceiptOfAsync(made), 10);
        Assert.Equal(before, await StatementAsync(StatementOf(made)));
        var after = await StatementAsync(StatementOf(made, 2027));
        Assert.Empty(after.Gifts);
        Assert.Equal((Scenario.Usd(-10), new Date { Year = 2026, Month = 11, Day = 24 }), (Assert.Single(after.Totals).NetAmount, Assert.Single(after.Returns).PayDate));
        Assert.Contains("USD\u00A0-10.00", Plain(after.Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payment_and_the_years_end_make_versions_and_time_alone_does_not()
    {
        var made = await PaidAsync();
        var name = StatementOf(made);
        var first = await StatementAsync(name);
        Scenario.Pass(TimeSpan.FromDays(3));
        Assert.Equal(first, await StatementAsync(name));
        await PaidAsync("one-time-25", 25, r => r.Parent = "donors/me", TestServer.Bearer(await TokenAsync(made)));
        Assert.Equal((first.Number, 2, 2, false), await ShapeAsync());
        PassTo(new(2027, 1, 5, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal((first.Number, 3, 2, true), await ShapeAsync());
        Assert.Equal((first.Number, 3, 2, true), await ShapeAsync());
        Assert.Equal(first, await Scenario.Receipts.GetAnnualStatementAsync(new() { Name = name, Version = 1 }, Support));

        async Task<(string, int, int, bool)> ShapeAsync() => await StatementAsync(name) is var s ? (s.Number, s.Version, s.Gifts.Count, s.Complete) : default;
    }

    [Fact]
    public async Task An_empty_year_has_no_statement_and_an_unknown_donor_none_at_all()
    {
        var made = await PaidAsync();
        Assert.Equal("STATE_INVALID", await ReasonAsync(() => Scenario.Receipts.IssueAnnualStatementAsync(new() { Name = StatementOf(made, 2025) }, Support)));
        Assert.Equal("RESOURCE_NOT_FOUND", await ReasonAsync(() => Scenario.Receipts.GetAnnualStatementAsync(new() { Name = StatementOf(made) }, Support)));
        Assert.Equal("RESOURCE_NOT_FOUND", await ReasonAsync(() => Scenario.Receipts.IssueAnnualStatementAsync(new() { Name = $"donors/{new string('0', 26)}/annualStatements/2026" }, Support)));
        foreach (var name in (string[])["donors/me/annualStatements/2026", $"{StatementOf(made)}6", $"{StatementOf(made)[..^4]}20x6", $"{StatementOf(made)[..^4]}1969", $"{StatementOf(made)[..^4]}9999", "donors/-/annualStatements/2026"])
            Assert.Equal("FIELD_INVALID", await ReasonAsync(() => Scenario.Receipts.IssueAnnualStatementAsync(new() { Name = name }, Support)));
    }

    [Fact]
    public async Task A_statement_has_a_thousand_lines_and_not_one_more()
    {
        // The payments are copies, made by hand.
        Scenario.Server.BooksAreDamaged = true;
        var made = await PaidAsync();
        await CopyPaymentsAsync(999);
        Assert.Equal((1000, Scenario.Usd(10_000)), await StatementAsync(StatementOf(made)) is var s ? (s.Gifts.Count, Assert.Single(s.Totals).NetAmount) : default);
        await CopyPaymentsAsync(1);
        var error = await Errors.OfAsync(() => Scenario.Receipts.IssueAnnualStatementAsync(new() { Name = StatementOf(made) }, Support));
        Assert.Equal(("STATE_INVALID", "TOO_LONG"), (error.Reason(), error.Detail<Google.Rpc.ErrorInfo>().Metadata["state"]));
    }

    [Fact]
    public async Task The_statement_is_in_the_donors_language()
    {
        var made = await PaidAsync(change: r => r.Locale = "ru");
        var statement = await StatementAsync("donors/me/annualStatements/2026", caller: Scenario.Donor(made));
        Assert.Equal("ru", statement.Locale);
        foreach (var shown in (string[])["Годовая справка за 2026\u00A0г.", "10,00\u00A0USD", "1 января 2026 г. – 31 декабря 2026 г."])
            Assert.Contains(shown, Plain(statement.Html), StringComparison.Ordinal);
    }

    /// <summary>As many payments more, as the first one but for their ids.</summary>
    private Task CopyPaymentsAsync(int count) => Scenario.ExecuteAsync(
        $"""
        INSERT INTO payments (payment_id, pledge_id, donor_id, campaign_id, fund, placement, interval, kind, state, currency, amount_minor, fee_cover_minor, pay_time_us, stripe_payment_intent_id, create_time_us, update_time_us)
        SELECT lower(hex(randomblob(13))), pledge_id, donor_id, campaign_id, fund, placement, interval, kind, state, currency, amount_minor, fee_cover_minor, pay_time_us, 'pi_' || hex(randomblob(8)), create_time_us, update_time_us
        FROM (SELECT * FROM payments LIMIT 1), (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)
        """);

    private void PassTo(DateTimeOffset time) => Scenario.Pass(time - Scenario.Time.GetUtcNow() - TimeSpan.FromSeconds(1));

    /// <summary>Tokens live shorter than these stories.</summary>
    private async Task<string> TokenAsync(CreatePledgeResponse made) => (await Scenario.Pledges.ExchangeManageCodeAsync(new() { ManageCode = made.ManageCode })).AccessToken;
}
