using Donations.Testing;
using Donations.V1;
using MimeKit;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>What donors who gave an address and agreed to mail hear, and when they hear nothing.</summary>
public sealed class MailStories : Story
{
    private const string Address = "reader@example.org";

    [Fact]
    public async Task A_receipt_comes_with_each_payment_once()
    {
        var made = await GivenAsync();
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        await Scenario.ReplayAllAsync();
        var mails = await Scenario.MailsAsync();
        Assert.Equal(2, mails.Count);
        Assert.All(mails, m => Assert.Contains("USD", m.TextBody, StringComparison.Ordinal));
        Assert.All(mails, m => Assert.Contains(made.Pledge.Reference, m.TextBody, StringComparison.Ordinal));
        Assert.All(mails, m => Assert.Equal(Address, Assert.Single(m.To.Mailboxes).Address));
    }

    [Fact]
    public async Task A_failed_renewal_is_told_once_and_not_again_within_days_and_a_repaired_one_not_at_all()
    {
        var (told, repaired) = (await GivenAsync(), await GivenAsync(address: "other@example.org"));
        await Scenario.MailsAsync();
        await Scenario.ReplaceCardAsync(told, "pm_card_chargeCustomerFail");
        await Scenario.ReplaceCardAsync(repaired, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(State.PastDue, await StateAsync(told));
        await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(repaired), Scenario.Donor(repaired));
        var mails = await Scenario.MailsAsync();
        var failure = Assert.Single(mails.Skip(2), m => To(m) == Address);
        Assert.Contains("could not", failure.TextBody, StringComparison.OrdinalIgnoreCase);
        // The other one's card was repaired before the mail went out: a receipt is all.
        Assert.Contains("USD", Assert.Single(mails.Skip(2), m => To(m) == "other@example.org").TextBody, StringComparison.Ordinal);

        // More retries on the same days bring no more mail.
        await Scenario.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Equal(mails.Count, (await Scenario.MailsAsync()).Count);
    }

    [Fact]
    public async Task Nothing_is_said_about_a_first_payment_that_is_not_complete()
    {
        await GivenAsync(paymentMethod: "pm_card_authenticationRequired");
        await Errors.OfAsync(() => Scenario.Pledges.CreatePledgeAsync(Request(Scenario.RequestAsync(paymentMethod: "pm_card_visa_chargeDeclined").Result, Address)));
        await Scenario.LiveAsync(TimeSpan.FromDays(2), TimeSpan.FromHours(12));
        Assert.Empty(await Scenario.MailsAsync());
    }

    [Fact]
    public async Task Without_consent_or_address_there_is_no_mail()
    {
        await Scenario.PledgeAsync();
        var request = Request(await Scenario.RequestAsync(), Address);
        request.Consents.RemoveAt(1);
        await Scenario.Pledges.CreatePledgeAsync(request);
        await Scenario.Pledges.CreatePledgeAsync(Request(await Scenario.RequestAsync(), ""));
        await Scenario.SettleAsync();
        Assert.Empty(await Scenario.MailsAsync());
    }

    [Fact]
    public async Task The_end_is_confirmed_once_now_or_with_the_period()
    {
        var (now, later) = (await GivenAsync(), await GivenAsync());
        await Scenario.MailsAsync();
        await Scenario.Pledges.CancelPledgeAsync(new() { Name = now.Pledge.Name }, Scenario.Donor(now));
        await Scenario.Pledges.CancelPledgeAsync(new() { Name = later.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(later));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Equal(State.Cancelled, await StateAsync(later));
        var ends = (await Scenario.MailsAsync()).Skip(2).ToList();
        Assert.Equal(2, ends.Count);
        Assert.Contains(ends, m => m.TextBody!.Contains("24 December 2026", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pledge_that_ends_in_the_dashboard_or_with_its_customer_is_told_too()
    {
        var made = await GivenAsync();
        await Scenario.MailsAsync();
        await Scenario.Stripe.Subscriptions.CancelAsync((await Scenario.SubscriptionAsync(made)).Id);
        await Scenario.SettleAsync();
        Assert.Equal(2, (await Scenario.MailsAsync()).Count);
    }

    [Fact]
    public async Task A_card_that_expires_is_announced_once_a_month_ahead()
    {
        var made = await GivenAsync();
        await Scenario.MailsAsync();
        // Through this month's 24th plus thirty days: December.
        await Scenario.ExecuteAsync($"UPDATE pledges SET card_expire_month = {(2026 * 12) + 11}");
        await Scenario.RunChoresAsync();
        Assert.Single(await Scenario.MailsAsync());
        Scenario.Pass(TimeSpan.FromDays(9));
        await Scenario.RunChoresAsync();
        Scenario.Pass(TimeSpan.FromHours(2));
        await Scenario.RunChoresAsync();
        var mail = (await Scenario.MailsAsync())[^1];
        Assert.Equal(2, (await Scenario.MailsAsync()).Count);
        Assert.Contains("12/2026", mail.TextBody, StringComparison.Ordinal);
        Assert.Equal(State.Active, await StateAsync(made));
    }

    [Fact]
    public async Task An_annual_payment_is_announced_15_days_ahead_once_and_not_where_the_pledge_ends_with_its_year()
    {
        var (kept, ending) = (await GivenAsync("annual-24", 24), await GivenAsync("annual-24", 24));
        await Scenario.Pledges.CancelPledgeAsync(new() { Name = ending.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(ending));
        await Scenario.MailsAsync();
        await Scenario.LiveAsync(TimeSpan.FromDays(349), TimeSpan.FromDays(50));
        var before = (await Scenario.MailsAsync()).Count;
        await Scenario.LiveAsync(TimeSpan.FromDays(2), TimeSpan.FromDays(1));
        await Scenario.LiveAsync(TimeSpan.FromDays(5), TimeSpan.FromDays(1));
        var notice = Assert.Single((await Scenario.MailsAsync()).Skip(before));
        Assert.Contains("24 November 2027", notice.TextBody, StringComparison.Ordinal);
        Assert.Contains(kept.Pledge.Reference, notice.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_russian_pledge_hears_russian()
    {
        var request = Request(await Scenario.RequestAsync(), Address);
        request.Locale = "ru";
        await Scenario.Pledges.CreatePledgeAsync(request);
        await Scenario.SettleAsync();
        Assert.Matches("[а-я]{4}", Assert.Single(await Scenario.MailsAsync()).TextBody);
    }

    private static string To(MimeMessage mail) => mail.To.Mailboxes.Single().Address;

    private static CreatePledgeRequest Request(CreatePledgeRequest request, string address)
    {
        request.Email = address;
        request.Locale = "en";
        request.Consents.Add(new Consent { Purpose = Consent.Types.Purpose.ServiceMail, TextVersion = "service-mail-2026-11", Granted = true });
        return request;
    }

    private async Task<CreatePledgeResponse> GivenAsync(string tier = "monthly-2", int dollars = 2, string paymentMethod = "pm_card_visa", string address = Address)
    {
        var made = await Scenario.Pledges.CreatePledgeAsync(Request(await Scenario.RequestAsync(tier, Scenario.Usd(dollars), paymentMethod), address));
        await Scenario.SettleAsync();
        return made;
    }
}
