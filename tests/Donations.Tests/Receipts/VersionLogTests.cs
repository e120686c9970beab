using Donations.Testing;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Tests.Receipts;

/// <summary>Numbers without gaps, versions that stay, and a log that says who, when and why.</summary>
public sealed class VersionLogTests : ReceiptStory
{
    [Fact]
    public async Task Numbers_have_no_gaps_however_many_are_issued_at_once()
    {
        var names = new List<string>();
        for (var i = 0; i < 12; i++)
            names.Add(await ReceiptOfAsync(await PaidAsync()));
        // Each from three callers at once, and between them calls that must not take a number.
        var calls = names.SelectMany(n => new[] { n, n, n }).Select(async n => await IssueAsync(n));
        var refused = Enumerable.Range(0, 6).Select(_ => ReasonAsync(() => Scenario.Receipts.IssueReceiptAsync(new() { Name = $"payments/{new string('0', 26)}/receipt" }, Support)));
        var receipts = await Task.WhenAll(calls);
        Assert.All(await Task.WhenAll(refused), r => Assert.Equal("RESOURCE_NOT_FOUND", r));
        Assert.Equal(Enumerable.Range(1, 12).Select(i => $"R-2026-{i:000000}"), receipts.Select(r => r.Number).Distinct().Order(StringComparer.Ordinal));
        Assert.All(receipts.GroupBy(r => r.Name), g => Assert.Single(g.Distinct()));
        Assert.Equal(12, Scenario.Count("SELECT count(*) FROM receipt_versions"));
    }

    [Fact]
    public async Task Each_year_and_each_kind_counts_by_itself()
    {
        var first = await PaidAsync();
        Assert.Equal("R-2026-000001", (await IssueAsync(await ReceiptOfAsync(first))).Number);
        Assert.Equal("S-2026-000001", (await StatementAsync(StatementOf(first))).Number);
        var second = await PaidAsync();
        Scenario.Pass(TimeSpan.FromDays(60));
        Assert.Equal("R-2027-000001", (await IssueAsync(await ReceiptOfAsync(second))).Number);
        Assert.Equal("S-2027-000001", (await StatementAsync(StatementOf(second))).Number);
    }

    [Fact]
    public async Task A_reissue_is_the_next_version_with_todays_names_and_is_logged()
    {
        var made = await PaidAsync();
        var name = await ReceiptOfAsync(made);
        var first = await IssueAsync(name, caller: Scenario.Donor(made));
        var campaign = await Scenario.Server.Campaigns.GetCampaignAsync(new() { Name = Scenario.Campaign });
        campaign.DisplayName = "Another name";
        await Scenario.Server.Campaigns.UpdateCampaignAsync(new() { Campaign = campaign, UpdateMask = new() { Paths = { "display_name" } } }, Scenario.Server.As("editor"));
        // A name is not a fact: what was issued stands.
        Assert.Equal(first, await IssueAsync(name));
        Scenario.Pass(TimeSpan.FromDays(1));
        var request = new ReissueReceiptRequest { Name = name, RequestId = Scenario.NewRequestId(), Reason = "The campaign was renamed" };
        var second = await Scenario.Receipts.ReissueReceiptAsync(request, Support);
        Assert.Equal((first.Number, 2, "Another name"), (second.Number, second.Version, second.Gift.CampaignDisplayName));
        // Sent again it is the same reissue.
        Assert.Equal(second, await Scenario.Receipts.ReissueReceiptAsync(request, Support));
        Assert.Equal(second, await IssueAsync(name));
        Assert.Equal(first, await Scenario.Receipts.GetReceiptAsync(new() { Name = name, Version = 1 }, Support));
        Assert.Equal("REQUEST_ID_REUSED", await ReasonAsync(() => Scenario.Receipts.ReissueReceiptAsync(new(request) { Reason = "Other" }, Support)));

        var log = await LogAsync(number: first.Number);
        Assert.Equal(
            [(2, ReceiptVersion.Types.Cause.Reissued, "The campaign was renamed", "staff/test"), (1, ReceiptVersion.Types.Cause.FirstIssue, "", "donor")],
            log.Select(v => (v.Version, v.Cause, v.Reason, v.Actor)));
        Assert.All(log, v => Assert.Equal((name, first.Number), (v.Document, v.Number)));
        Assert.Equal(TimeSpan.FromDays(1), log[0].IssueTime.ToDateTime() - log[1].IssueTime.ToDateTime());
        Assert.Equal(second.HtmlSha256, log[0].Digests.Single(d => d.Locale == "en").HtmlSha256);
        Assert.Equal((await IssueAsync(name, "ru")).HtmlSha256, log[0].Digests.Single(d => d.Locale == "ru").HtmlSha256);
        Assert.NotEqual(first.HtmlSha256, second.HtmlSha256);
    }

    [Fact]
    public async Task A_statement_is_reissued_like_a_receipt_and_what_was_never_issued_is_not()
    {
        var made = await PaidAsync();
        var request = new ReissueAnnualStatementRequest { Name = StatementOf(made), RequestId = Scenario.NewRequestId(), Reason = "Asked for", Locale = "ru" };
        Assert.Equal("RESOURCE_NOT_FOUND", await ReasonAsync(() => Scenario.Receipts.ReissueAnnualStatementAsync(request, Support)));
        await StatementAsync(StatementOf(made));
        var again = await Scenario.Receipts.ReissueAnnualStatementAsync(new(request) { RequestId = Scenario.NewRequestId() }, Support);
        Assert.Equal((2, "ru", "S-2026-000001"), (again.Version, again.Locale, again.Number));
        foreach (var reason in (string[])["", " ", "two\nlines", new('x', 201)])
            Assert.Equal("FIELD_INVALID", await ReasonAsync(() => Scenario.Receipts.ReissueAnnualStatementAsync(new(request) { Reason = reason }, Support)));
    }

    [Fact]
    public async Task The_log_pages_and_finds_by_number_and_by_document()
    {
        var first = await IssueAsync(await ReceiptOfAsync(await PaidAsync()));
        var made = await PaidAsync();
        var second = await IssueAsync(await ReceiptOfAsync(made));
        var statement = await StatementAsync(StatementOf(made));
        Assert.Equal([statement.Number, second.Number, first.Number], (await LogAsync()).Select(v => v.Number));
        Assert.Equal(second.Number, Assert.Single(await LogAsync(document: second.Name)).Number);
        Assert.Equal(statement.Name, Assert.Single(await LogAsync(number: statement.Number)).Document);
        Assert.Empty(await LogAsync(number: "R-2026-000099"));
        var request = new ListReceiptVersionsRequest { PageSize = 2 };
        var page = await Scenario.Receipts.ListReceiptVersionsAsync(request, Support);
        request.PageToken = page.NextPageToken;
        var rest = await Scenario.Receipts.ListReceiptVersionsAsync(request, Support);
        Assert.Equal([statement.Number, second.Number], page.ReceiptVersions.Select(v => v.Number));
        Assert.Equal((first.Number, ""), (Assert.Single(rest.ReceiptVersions).Number, rest.NextPageToken));
        foreach (var wrong in (string[])["R-2026-1", "X-2026-000001", "R-2026-000001 ", "R-2026-99999999999999"])
            Assert.Equal("FIELD_INVALID", await ReasonAsync(() => Scenario.Receipts.ListReceiptVersionsAsync(new() { Number = wrong }, Support)));
        Assert.Equal("FIELD_INVALID", await ReasonAsync(() => Scenario.Receipts.ListReceiptVersionsAsync(new() { Document = "donors/me/annualStatements/2026" }, Support)));
    }

    [Fact]
    public async Task Documents_are_the_same_bytes_after_a_restart()
    {
        var made = await PaidAsync();
        var name = await ReceiptOfAsync(made);
        var (receipt, russian, statement) = (await IssueAsync(name), await IssueAsync(name, "ru"), await StatementAsync(StatementOf(made)));
        await Scenario.Server.RestartAsync();
        Assert.Equal(receipt, await IssueAsync(name));
        Assert.Equal(russian, await IssueAsync(name, "ru"));
        Assert.Equal(statement, await StatementAsync(StatementOf(made)));
        var next = await PaidAsync();
        Assert.Equal("R-2026-000002", (await IssueAsync(await ReceiptOfAsync(next))).Number);
    }

    [Fact]
    public async Task Nothing_that_was_issued_can_be_changed_or_removed()
    {
        var made = await PaidAsync();
        await IssueAsync(await ReceiptOfAsync(made));
        await StatementAsync(StatementOf(made));
        foreach (var sql in (string[])[
            "DELETE FROM receipts", "UPDATE receipts SET sequence = 7 WHERE receipt_id = 1", "UPDATE receipts SET donor_id = 'x'", "UPDATE receipts SET payment_id = (SELECT payment_id FROM payments) WHERE series = 'S'",
            "DELETE FROM receipt_versions", "UPDATE receipt_versions SET reason = 'x'", "UPDATE receipt_versions SET actor = 'x'",
            "DELETE FROM receipt_documents", "UPDATE receipt_documents SET document = x'00'", "UPDATE receipt_documents SET html_sha256 = x'00', document = NULL"])
        {
            await Assert.ThrowsAsync<SqliteException>(() => Scenario.ExecuteAsync(sql));
        }

        // Whose it was, and what it said, can be forgotten; the number and the log stay.
        await Scenario.ExecuteAsync("UPDATE receipts SET donor_id = NULL; UPDATE receipt_documents SET document = NULL");
        Assert.Equal(["", "S-2026-000001"], (await LogAsync(number: "S-2026-000001")).SelectMany(v => new[] { v.Document, v.Number }));
        Assert.Equal("RESOURCE_NOT_FOUND", await ReasonAsync(() => Scenario.Receipts.GetReceiptAsync(new() { Name = ReceiptOfAsync(made).Result }, Support)));
    }

    /// <summary>The log is kept for good: nothing in it says who gave.</summary>
    [Fact]
    public async Task The_log_knows_no_donor()
    {
        var made = await PaidAsync();
        await IssueAsync(await ReceiptOfAsync(made), caller: Scenario.Donor(made));
        await StatementAsync("donors/me/annualStatements/2026", caller: Scenario.Donor(made));
        var donor = made.Pledge.Name.Split('/')[1];
        Assert.Equal(0, Scenario.Count($"SELECT count(*) FROM receipt_versions WHERE actor || coalesce(reason, '') LIKE '%{donor}%'"));
        Assert.Equal(["donor", "donor"], Scenario.Query<string>("SELECT actor FROM receipt_versions"));
    }
}
