using Donations.Server.Mail;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.Tests.Campaigns;
using Donations.V1;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using MimeKit;

namespace Donations.Tests.Reminders;

/// <summary>Asking for a reminder by mail, getting it, and ending it.</summary>
public sealed class MailReminderTests
{
    private const string Anna = "Anna.Reader@Example.com";

    [Fact]
    public async Task A_one_off_is_sent_on_its_day_once_and_nothing_is_left_of_it()
    {
        await using var box = await Mailbox.StartAsync();
        var made = await box.CreateAsync(Mailbox.Once(Anna));
        Assert.Equal(new Google.Type.Date { Year = 2027, Month = 1, Day = 24 }, made.RemindDate);
        Assert.StartsWith("reminders/", made.Name, StringComparison.Ordinal);
        Assert.Equal((Scenario.Campaign, Reminder.ScheduleOneofCase.OneOff, 0), (made.Campaign, made.ScheduleCase, made.OneOff.MonthsAhead));

        Assert.Empty(await box.GoToAsync(2027, 1, 23, 23));
        var mail = Assert.Single(await box.GoToAsync(2027, 1, 24, 0));
        Assert.Equal(Anna.ToLowerInvariant(), mail.To.Mailboxes.Single().Address);
        Assert.Contains("https://page.example/press-in-exile", mail.TextBody, StringComparison.Ordinal);
        Assert.Equal(0, box.Kept());
        Assert.Single(await box.GoToAsync(2027, 3, 24));
    }

    [Fact]
    public async Task A_recurring_one_comes_again_counted_from_the_day_it_was_made()
    {
        await using var box = await Mailbox.StartAsync();
        box.Leap(new(2026, 12, 31, 9, 0, 0, TimeSpan.Zero));
        var made = await box.CreateAsync(Mailbox.Every(Anna, 2));
        Assert.Equal(new Google.Type.Date { Year = 2027, Month = 2, Day = 28 }, made.RemindDate);
        Assert.Single(await box.GoToAsync(2027, 2, 28));
        Assert.Single(await box.GoToAsync(2027, 4, 29));
        Assert.Equal(2, (await box.GoToAsync(2027, 4, 30)).Count);
        Assert.Equal(3, (await box.GoToAsync(2027, 6, 30)).Count);
        Assert.Equal(1, box.Kept("state = 1"));
    }

    [Fact]
    public async Task The_mail_carries_the_headers_of_one_click()
    {
        await using var box = await Mailbox.StartAsync();
        var request = Mailbox.Once(Anna);
        request.Locale = "ru";
        await box.CreateAsync(request);
        var mail = Assert.Single(await box.GoToAsync(2027, 1, 24));
        Assert.Equal("Вы просили напомнить", mail.Subject);
        var link = $"https://mail.example/reminders/cancel/{Mailbox.Token(mail)}";
        Assert.Equal($"<{link}>", mail.Headers[HeaderId.ListUnsubscribe]);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers[HeaderId.ListUnsubscribePost]);
        Assert.Contains($"\n{link}\n", mail.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Single(mail.Headers, h => h.Id == HeaderId.ListUnsubscribe);
    }

    [Fact]
    public async Task Mails_that_are_no_reminders_carry_none()
    {
        await using var box = await Mailbox.StartAsync();
        var request = await box.Scenario.RequestAsync();
        request.Email = Anna;
        request.Consents.Add(new Consent { Purpose = Consent.Types.Purpose.ServiceMail, TextVersion = "service-mail-2026-11", Granted = true });
        await box.Scenario.Pledges.CreatePledgeAsync(request);
        await box.Scenario.SettleAsync();
        Assert.DoesNotContain(Assert.Single(await box.Scenario.MailsAsync()).Headers, h => h.Id is HeaderId.ListUnsubscribe or HeaderId.ListUnsubscribePost);
    }

    /// <summary>The second call of a client that lost the first answer, and whoever wants to know whether an address is there, see the same.</summary>
    [Fact]
    public async Task The_same_again_replaces_the_one_that_waits_and_tells_nothing()
    {
        await using var box = await Mailbox.StartAsync();
        var first = await box.CreateAsync(Mailbox.Once(Anna));
        var again = await box.CreateAsync(Mailbox.Once("  anna.reader@EXAMPLE.com".Trim()));
        var stranger = await box.CreateAsync(Mailbox.Once("somebody@example.org"));
        Assert.Equal(2, box.Kept());
        Assert.Equal(3, new[] { first.Name, again.Name, stranger.Name }.Distinct().Count());
        Assert.Equal(new Reminder(stranger) { Name = "" }, new Reminder(again) { Name = "" });

        // Another day takes the place of the first, another kind and another campaign do not.
        await box.CreateAsync(Mailbox.Once(Anna, 9));
        Assert.Equal(2, box.Kept());
        await box.CreateAsync(Mailbox.Every(Anna, 3));
        var other = await box.Scenario.Server.PublishedAsync("other");
        await box.CreateAsync(Mailbox.Once(Anna, 0, other.Name));
        Assert.Equal(4, box.Kept());
    }

    [Fact]
    public async Task A_recurring_one_made_again_while_its_mail_is_out_is_not_there_twice()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        box.Leap(new(2026, 12, 24, 9, 0, 0, TimeSpan.Zero));
        await box.ChoreAsync();
        Assert.Equal(1, box.Kept("state = 2"));
        await box.CreateAsync(Mailbox.Every(Anna, 3));
        await box.SendAsync();
        Assert.Equal((1, 1), (box.Kept(), box.Kept("every_months = 3")));
    }

    [Fact]
    public async Task One_person_has_so_many_at_most()
    {
        await using var box = await Mailbox.StartAsync();
        for (var i = 0; i <= Server.Donors.ReminderVault.MaxPerPerson; i++)
        {
            // Ids sort by time, to the millisecond.
            box.Scenario.Time.Advance(TimeSpan.FromMilliseconds(1));
            await box.CreateAsync(Mailbox.Once(Anna, 1, (await box.Scenario.Server.PublishedAsync($"campaign-{i}")).Name));
        }

        Assert.Equal((Server.Donors.ReminderVault.MaxPerPerson, 0), (box.Kept(), box.Kept("campaign_id = 'campaign-0'")));
    }

    [Fact]
    public async Task The_link_of_any_mail_cancels_all_by_rpc_and_works_for_ever()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        var token = Mailbox.Token(Assert.Single(await box.GoToAsync(2027, 1, 24)));
        await box.CreateAsync(Mailbox.Once(Anna, 3));
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        await box.CreateAsync(Mailbox.Once("somebody@example.org", 6));
        await box.Scenario.Server.Appeals.CancelReminderAsync(new() { Token = token });
        Assert.Equal(1, box.Kept());
        await box.Scenario.Server.Appeals.CancelReminderAsync(new() { Token = token });
        Assert.Single(await box.GoToAsync(2027, 6, 1));

        foreach (var wrong in (string[])["x", token[..^1], token[1..], (token[0] == 'A' ? "B" : "A") + token[1..], new('A', 80), new('A', 5000), "../.."])
            Assert.Equal(["token"], (await Errors.OfAsync(() => box.Scenario.Server.Appeals.CancelReminderAsync(new() { Token = wrong }))).Fields());
    }

    [Fact]
    public async Task A_mail_that_waits_in_the_outbox_is_not_sent_after_a_cancellation()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        var token = Mailbox.Token(Assert.Single(await box.GoToAsync(2026, 12, 24)));
        box.Leap(new(2027, 1, 24, 9, 0, 0, TimeSpan.Zero));
        await box.ChoreAsync();
        Assert.Equal(1, box.Scenario.Count("SELECT count(*) FROM mails WHERE state = 1 AND reminder_id IS NOT NULL"));
        await box.Scenario.Server.Appeals.CancelReminderAsync(new() { Token = token });
        await box.SendAsync();
        Assert.Single(await box.Scenario.MailsAsync());
        Assert.Equal(1, box.Scenario.Count("SELECT count(*) FROM mails WHERE state = 4"));
    }

    /// <summary>A mailbox that does not exist would otherwise be tried every month.</summary>
    [Theory]
    [InlineData(MailOutcome.FailedForGood, 0)]
    [InlineData(MailOutcome.Sent, 1)]
    public async Task A_mailbox_that_refuses_is_forgotten(MailOutcome outcome, long kept)
    {
        await using var box = await Mailbox.StartAsync(("Mail:Directory", ""));
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        box.Leap(new(2026, 12, 24, 9, 0, 0, TimeSpan.Zero));
        await box.ChoreAsync();
        var (mailer, service) = (box.Scenario.Server.As("mailer"), new V1.MailService.MailServiceClient(box.Scenario.Server.Channel));
        var mail = Assert.Single((await service.LeaseMailsAsync(new(), mailer)).Mails);
        Assert.Equal((MailTemplate.Reminder, "https://page.example/press-in-exile", ""), (mail.Template, mail.Values.GiveUri, mail.Values.ManageUri));
        await box.ChoreAsync();
        Assert.Equal(1, box.Kept("state = 2"));
        await service.FinishMailAsync(new() { Name = mail.Name, Outcome = outcome }, mailer);
        await box.ChoreAsync();
        Assert.Equal((kept, kept), (box.Kept(), box.Kept("state = 1")));
    }

    [Fact]
    public async Task Wrong_requests_are_told_their_fields()
    {
        await using var box = await Mailbox.StartAsync();
        var request = Mailbox.Once("nobody", 13, "campaigns/");
        (request.Locale, request.Country) = ("e", "ru");
        Assert.Equal(["reminder.campaign", "reminder.one_off.months_ahead", "email", "locale", "country"], (await FailAsync(box, request)).Fields());
        Assert.Equal(["reminder.recurring.every_months"], (await FailAsync(box, Mailbox.Every(Anna, 13))).Fields());
        Assert.Equal(["reminder.one_off.months_ahead"], (await FailAsync(box, Mailbox.Once(Anna, -1))).Fields());
        Assert.Equal(["reminder.one_off"], (await FailAsync(box, new() { Reminder = new() { Campaign = Scenario.Campaign }, Email = Anna })).Fields());
        Assert.Equal("RESOURCE_NOT_FOUND", (await FailAsync(box, Mailbox.Once(Anna, 0, "campaigns/nowhere"))).Reason());
        await box.Scenario.Server.DraftAsync("a-draft");
        Assert.Equal("RESOURCE_NOT_FOUND", (await FailAsync(box, Mailbox.Once(Anna, 0, "campaigns/a-draft"))).Reason());
        var ended = await box.Scenario.Server.PublishedAsync("ended");
        await box.Scenario.Server.Campaigns.EndCampaignAsync(new() { Name = ended.Name }, box.Scenario.Server.As("editor"));
        Assert.Equal("STATE_INVALID", (await FailAsync(box, Mailbox.Once(Anna, 0, ended.Name))).Reason());
        Assert.Equal(0, box.Kept());
    }

    [Fact]
    public async Task A_reader_in_a_listed_country_leaves_no_trace_in_a_mailbox()
    {
        await using var box = await Mailbox.StartAsync(("DonorSafety:IssuerCountries:0", "KZ"));
        Assert.Equal("REMINDER_REFUSED", (await FailAsync(box, new(Mailbox.Once(Anna)) { Country = "KZ" })).Reason());
        Assert.Equal(0, box.Kept());
        foreach (var country in (string[])["LV", ""])
            await box.CreateAsync(new(Mailbox.Once(Anna)) { Country = country });
        Assert.Equal(1, box.Kept());
    }

    [Fact]
    public async Task Where_no_mail_is_sent_none_is_promised()
    {
        await using var box = await Mailbox.StartAsync(("Mail:Mode", "Off"));
        Assert.False((await box.Scenario.Server.Appeals.GetPaymentOptionsAsync(new())).MailReminders);
        Assert.Equal("REMINDER_REFUSED", (await FailAsync(box, Mailbox.Once(Anna))).Reason());
    }

    /// <summary>In development the server's own address is the default; elsewhere there is none.</summary>
    [Fact]
    public async Task Without_an_address_for_the_link_there_are_none_but_in_development()
    {
        await using var box = await Mailbox.StartAsync(("Mail:UnsubscribeUrl", ""));
        Assert.True((await box.Scenario.Server.Appeals.GetPaymentOptionsAsync(new())).MailReminders);
        await box.CreateAsync(Mailbox.Once(Anna));
        var link = Assert.Single(await box.GoToAsync(2027, 1, 24)).Headers[HeaderId.ListUnsubscribe]!.Trim('<', '>');
        Assert.StartsWith(new Uri(box.Scenario.Server.HttpAddress, "/reminders/cancel/").ToString(), link, StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await box.Scenario.Server.Http.GetAsync(new Uri(link))).StatusCode);

        var services = box.Scenario.Server.Services;
        UnsubscribeLinks In(string environment) => new(
            new(), services.GetRequiredService<ServiceKeys>(), new RandomSource(), services.GetRequiredService<IServer>(), services.GetRequiredService<IConfiguration>(), new HostingEnvironment { EnvironmentName = environment });
        Assert.True(In(Environments.Development).AreOn);
        Assert.False(In(Environments.Production).AreOn);
        Assert.Null(In(Environments.Production).For(new byte[32]));
    }

    private static Task<Grpc.Core.RpcException> FailAsync(Mailbox box, CreateReminderRequest request) => Errors.OfAsync(() => box.Scenario.Server.Appeals.CreateReminderAsync(request));
}
