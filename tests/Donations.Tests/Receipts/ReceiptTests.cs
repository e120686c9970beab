using System.Security.Cryptography;
using System.Text;
using Donations.Testing;
using Donations.V1;

namespace Donations.Tests.Receipts;

public sealed class ReceiptTests : ReceiptStory
{
    protected override Dictionary<string, string> Configuration => new()
    {
        ["Receipts:Organisation:Name"] = "Example Press Association",
        ["Receipts:Organisation:Lines:0"] = "Reg. no. 40008000000",
        ["Receipts:Organisation:Lines:1"] = "1 Example Street, Riga",
        ["Receipts:Organisation:TaxNote:en"] = "No goods or services were provided.",
        ["Receipts:Organisation:TaxNote:ru"] = "Товары и услуги не предоставлялись.",
    };

    [Fact]
    public async Task A_donor_gets_the_receipt_of_a_payment()
    {
        var made = await PaidAsync(change: r =>
        {
            r.Amount = Scenario.Usd(10, 50);
            r.FeeCoverAmount = Scenario.Usd(0, 50);
        });
        var name = await ReceiptOfAsync(made);
        var receipt = await IssueAsync(name, caller: Scenario.Donor(made));
        Assert.Equal((name, "R-2026-000001", 1, "en", "UTC"), (receipt.Name, receipt.Number, receipt.Version, receipt.Locale, receipt.TimeZone));
        Assert.Equal((name[..^"/receipt".Length], made.Pledge.Reference, PledgeInterval.OneTime), (receipt.Gift.Payment, receipt.Gift.PledgeReference, receipt.Gift.Interval));
        Assert.Equal((Scenario.Usd(10, 50), Scenario.Usd(0, 50), Scenario.Usd(10, 50)), (receipt.Gift.Amount, receipt.Gift.FeeCoverAmount, receipt.NetAmount));
        Assert.Equal(new Google.Type.Date { Year = 2026, Month = 11, Day = 24 }, receipt.Gift.PayDate);
        Assert.Empty(receipt.Returns);
        Assert.Equal(("Example Press Association", 2, "No goods or services were provided."), (receipt.Organisation.DisplayName, receipt.Organisation.Lines.Count, receipt.Organisation.TaxNote));
        var campaign = await Scenario.Server.Campaigns.GetCampaignAsync(new() { Name = Scenario.Campaign });
        Assert.Equal(campaign.DisplayName, receipt.Gift.CampaignDisplayName);
        foreach (var shown in (string[])[receipt.Number, made.Pledge.Reference, "24 November 2026", "USD\u00A010.50", "USD\u00A00.50", campaign.DisplayName, "Example Press Association", "Reg. no. 40008000000", "One-time", "No goods or services were provided."])
            Assert.Contains(shown, Plain(receipt.Html), StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(receipt.Html))), receipt.HtmlSha256);
    }

    [Fact]
    public async Task Asked_again_it_is_the_same_document_and_every_language_has_the_same_number()
    {
        var made = await PaidAsync("monthly-2", 2, r => r.Locale = "ru-RU");
        var name = await ReceiptOfAsync(made);
        var first = await IssueAsync(name, caller: Scenario.Donor(made));
        Scenario.Pass(TimeSpan.FromDays(1));
        Assert.Equal(first, await IssueAsync(name));
        Assert.Equal("ru", first.Locale);
        Assert.Contains("24 ноября 2026 г.", Plain(first.Html), StringComparison.Ordinal);
        Assert.Contains("2,00\u00A0USD", Plain(first.Html), StringComparison.Ordinal);
        Assert.Contains("Ежемесячно", Plain(first.Html), StringComparison.Ordinal);
        Assert.Contains("Товары и услуги не предоставлялись.", Plain(first.Html), StringComparison.Ordinal);
        var english = await IssueAsync(name, "pt-BR");
        Assert.Equal(("en", first.Number, 1, first.IssueTime), (english.Locale, english.Number, english.Version, english.IssueTime));
        Assert.Contains("Monthly", Plain(english.Html), StringComparison.Ordinal);
        Assert.Equal(english, await Scenario.Receipts.GetReceiptAsync(new() { Name = name, Locale = "en" }, Support));
    }

    [Fact]
    public async Task A_refund_makes_the_next_version_under_the_same_number()
    {
        var made = await PaidAsync();
        var name = await ReceiptOfAsync(made);
        var first = await IssueAsync(name);
        Scenario.Pass(TimeSpan.FromDays(2));
        await RefundAsync(name, 4);
        var second = await IssueAsync(name);
        Assert.Equal((first.Number, 2, Scenario.Usd(6)), (second.Number, second.Version, second.NetAmount));
        var back = Assert.Single(second.Returns);
        Assert.Equal((ReceiptReturn.Types.Kind.Refund, Scenario.Usd(4), 26, 24), (back.Kind, back.Amount, back.ReturnDate.Day, back.PayDate.Day));
        Assert.Contains("26 November 2026", Plain(second.Html), StringComparison.Ordinal);
        Assert.Contains("Version 2", Plain(second.Html), StringComparison.Ordinal);
        await RefundAsync(name, 6);
        var third = await IssueAsync(name);
        Assert.Equal((3, 2, Scenario.Usd(0)), (third.Version, third.Returns.Count, third.NetAmount));
        // What was issued stays to be had.
        Assert.Equal(first, await Scenario.Receipts.GetReceiptAsync(new() { Name = name, Version = 1 }, Support));
        Assert.Equal(third, await Scenario.Receipts.GetReceiptAsync(new() { Name = name }, Support));
        Assert.Equal([ReceiptVersion.Types.Cause.Changed, ReceiptVersion.Types.Cause.Changed, ReceiptVersion.Types.Cause.FirstIssue], (await LogAsync(name)).Select(v => v.Cause));
    }

    [Fact]
    public async Task A_refund_that_fails_later_is_taken_off_again()
    {
        var made = await PaidAsync(card: "pm_card_refundFail");
        var name = await ReceiptOfAsync(made);
        await RefundAsync(name, 10);
        Assert.Equal(Scenario.Usd(0), (await IssueAsync(name)).NetAmount);
        await Scenario.AdvanceAsync(TimeSpan.FromHours(2));
        var after = await IssueAsync(name);
        Assert.Equal((2, 0, Scenario.Usd(10)), (after.Version, after.Returns.Count, after.NetAmount));
    }

    [Fact]
    public async Task A_lost_dispute_is_shown_and_one_that_is_open_is_not()
    {
        var made = await PaidAsync(card: "pm_card_createDispute");
        await Scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        var name = await ReceiptOfAsync(made);
        Assert.Empty((await IssueAsync(name)).Returns);
        var dispute = Assert.Single((await Scenario.Stripe.Disputes.ListAsync()).Data).Id;
        await Scenario.Stripe.Disputes.UpdateAsync(dispute, new() { Evidence = new() { UncategorizedText = "losing_evidence" }, Submit = true });
        await Scenario.AdvanceAsync(TimeSpan.FromDays(1));
        var after = await IssueAsync(name);
        Assert.Equal((ReceiptReturn.Types.Kind.Chargeback, Scenario.Usd(10)), (Assert.Single(after.Returns).Kind, after.Returns[0].Amount));
        Assert.Contains("Taken back by the bank", Plain(after.Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_payment_has_no_receipt()
    {
        var made = await PaidAsync("monthly-2", 2);
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var failed = Assert.Single(await Scenario.PaymentsAsync(made), p => p.State == Payment.Types.State.Failed);
        var error = await Errors.OfAsync(() => Scenario.Receipts.IssueReceiptAsync(new() { Name = failed.Name + "/receipt" }, Support));
        Assert.Equal(("STATE_INVALID", "FAILED"), (error.Reason(), error.Detail<Google.Rpc.ErrorInfo>().Metadata["state"]));
        Assert.Empty(await LogAsync());
    }

    [Fact]
    public async Task A_donor_has_own_receipts_only_and_hears_nothing_of_others()
    {
        var mine = await PaidAsync();
        var theirs = await PaidAsync();
        var name = await ReceiptOfAsync(theirs);
        var me = Scenario.Donor(mine);
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.IssueReceiptAsync(new() { Name = name }, me)));
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.IssueReceiptAsync(new() { Name = $"payments/{new string('0', 26)}/receipt" }, me)));
        await IssueAsync(name);
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.GetReceiptAsync(new() { Name = name }, me)));
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.IssueAnnualStatementAsync(new() { Name = StatementOf(theirs) }, me)));
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.GetAnnualStatementAsync(new() { Name = StatementOf(theirs) }, me)));
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.ListReceiptVersionsAsync(new(), me)));
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.ReissueReceiptAsync(new() { Name = name, RequestId = Scenario.NewRequestId(), Reason = "mine" }, me)));
        Assert.Equal("PERMISSION_DENIED", await ReasonAsync(() => Scenario.Receipts.IssueReceiptAsync(new() { Name = name }, Scenario.Server.As("editor"))));
        Assert.Equal("RESOURCE_NOT_FOUND", await ReasonAsync(() => Scenario.Receipts.GetReceiptAsync(new() { Name = ReceiptOfAsync(mine).Result }, me)));
        Assert.Equal(StatementOf(mine), (await StatementAsync("donors/me/annualStatements/2026", caller: me)).Name);
    }

    [Fact]
    public async Task The_json_door_has_them_too()
    {
        var made = await PaidAsync();
        var name = await ReceiptOfAsync(made);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{name}:issue") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", made.AccessToken);
        using var answer = await Scenario.Server.Http.SendAsync(request);
        Assert.Contains("R-2026-000001", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var read = new HttpRequestMessage(HttpMethod.Get, $"/v1/{name}?locale=ru&version=1");
        read.Headers.Authorization = new("Bearer", made.AccessToken);
        using var again = await Scenario.Server.Http.SendAsync(read);
        Assert.Contains("Квитанция", System.Text.RegularExpressions.Regex.Unescape(await again.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }
}
