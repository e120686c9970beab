using Donations.Server.Campaigns;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.Tests.Campaigns;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Reminders;

/// <summary>The scheduler over months: each month's mail once, whatever a person asked for and wherever the server was killed.</summary>
public sealed class SendReminderTests
{
    private const string Anna = "anna@example.com";

    /// <summary>Held against a model of its own: in each month in which something of a person is due, the first recurring one's day, else the first one-off's.</summary>
    [Fact]
    public async Task Over_fifteen_months_everybody_gets_each_month_what_is_due_once()
    {
        const int people = 40;
        await using var box = await Mailbox.StartAsync();
        string[] campaigns = [Scenario.Campaign, (await box.Scenario.Server.PublishedAsync("second")).Name, (await box.Scenario.Server.PublishedAsync("third")).Name];
        var random = new Random(20261124);
        var start = new DateOnly(2026, 11, 24);
        var end = start.AddMonths(15);
        var wishes = (from person in Enumerable.Range(0, people)
                      from campaign in campaigns
                      from recurring in (bool[])[false, true]
                      where random.Next(3) > 0
                      select (Person: person, Campaign: campaign, Recurring: recurring, Months: recurring ? random.Next(1, 13) : random.Next(0, 13), Made: start.AddDays(random.Next(70)))).ToLookup(w => w.Made);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var person in wishes.SelectMany(w => w).GroupBy(w => w.Person))
        {
            var due = from wish in person
                      from turn in wish.Recurring ? Enumerable.Range(1, 15) : [1]
                      let day = wish.Recurring || wish.Months > 0 ? wish.Made.AddMonths(turn * wish.Months) : wish.Made.AddMonths(wish.Made.Day < 20 ? 1 : 2)
                      where day < end
                      group (day, wish.Recurring) by (day.Year, day.Month);
            expected.UnionWith(due.Select(month => $"reader{person.Key}@example.com {month.OrderByDescending(d => d.Recurring).ThenBy(d => d.day).First().day:O}"));
        }

        for (var day = start; day < end; day = day.AddDays(1))
        {
            box.Leap(new(day.ToDateTime(new(9, 0)), TimeSpan.Zero));
            foreach (var wish in wishes[day])
            {
                var email = $"reader{wish.Person}@example.com";
                await box.CreateAsync(wish.Recurring ? Mailbox.Every(email, wish.Months, wish.Campaign) : Mailbox.Once(email, wish.Months, wish.Campaign));
            }

            await box.SendAsync();
        }

        var sent = (await box.Scenario.MailsAsync()).Select(m => (m.To.Mailboxes.Single().Address, Day: DateOnly.FromDateTime(m.Date.UtcDateTime))).ToList();
        Assert.Equal(expected, sent.Select(s => $"{s.Address} {s.Day:O}").Order(StringComparer.Ordinal));
        Assert.Equal(sent.Count, sent.DistinctBy(s => (s.Address, s.Day.Year, s.Day.Month)).Count());
        Assert.True(sent.Count > people, "the story is too small to show anything");
    }

    [Fact]
    public async Task Killed_between_the_claim_and_the_mail_it_is_neither_lost_nor_doubled()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        await box.CreateAsync(Mailbox.Every("boris@example.com", 2));
        await box.Scenario.ExecuteAsync("ALTER TABLE mails RENAME TO mails_away");
        box.Leap(new(2027, 1, 24, 9, 0, 0, TimeSpan.Zero));
        await Assert.ThrowsAsync<SqliteException>(box.ChoreAsync);
        Assert.Equal(2, box.Kept("state = 2"));
        await box.Scenario.ExecuteAsync("ALTER TABLE mails_away RENAME TO mails");

        Assert.Equal(2, (await box.GoToAsync(2027, 1, 25)).Count);
        Assert.Equal((1, 1), (box.Kept(), box.Kept("state = 1")));
        Assert.Equal(2, (await box.GoToAsync(2027, 2, 25)).Count);
    }

    [Fact]
    public async Task Restarted_after_each_step_it_is_sent_once()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        box.Leap(new(2027, 1, 24, 9, 0, 0, TimeSpan.Zero));
        await box.ChoreAsync();
        Assert.Equal(1, box.Scenario.Count("SELECT count(*) FROM mails"));
        await RestartAsync(box);
        await box.ChoreAsync();
        Assert.Equal(1, box.Scenario.Count("SELECT count(*) FROM mails"));
        Assert.Single(await box.Scenario.MailsAsync());

        await RestartAsync(box);
        await box.ChoreAsync();
        Assert.Equal(0, box.Kept());
        Assert.Single(await box.GoToAsync(2027, 3, 1));
    }

    /// <summary>What a crash between the two files can leave at worst: the vault as it was before the mail went out. The mail's key holds.</summary>
    [Fact]
    public async Task A_claim_that_is_made_again_finds_its_mail()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        box.Leap(new(2027, 1, 24, 9, 0, 0, TimeSpan.Zero));
        await box.ChoreAsync();
        await box.Scenario.MailsAsync();
        await box.Vault.WriteAsync(c => Dapper.SqlMapper.Execute(c, "UPDATE reminders SET state = 1, due_time_us = remind_time_us; DELETE FROM reminder_months"));
        Assert.Single(await box.GoToAsync(2027, 1, 24));
        Assert.Equal(0, box.Kept());
    }

    [Fact]
    public async Task Who_has_pledged_since_gets_none()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        await box.CreateAsync(Mailbox.Once("boris@example.com"));
        box.Scenario.Time.Advance(TimeSpan.FromMinutes(1));
        var request = await box.Scenario.RequestAsync();
        request.Email = "ANNA@example.com";
        await box.Scenario.Pledges.CreatePledgeAsync(request);
        Assert.Equal(["boris@example.com"], (await box.GoToAsync(2027, 1, 24)).Select(m => m.To.Mailboxes.Single().Address));
        Assert.Equal(0, box.Kept());
    }

    /// <summary>A card that was declined is no gift: neither does it cost a reader the reminder, nor can others take it away by trying one.</summary>
    [Fact]
    public async Task Who_only_tried_is_reminded()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        box.Scenario.Time.Advance(TimeSpan.FromMinutes(1));
        var request = await box.Scenario.RequestAsync(paymentMethod: "pm_card_chargeDeclined");
        request.Email = Anna;
        Assert.Equal("CARD_DECLINED", (await Errors.OfAsync(() => box.Scenario.Pledges.CreatePledgeAsync(request))).Reason());
        Assert.Single(await box.GoToAsync(2027, 1, 24));
    }

    [Fact]
    public async Task Whose_gift_was_renewed_since_gets_none()
    {
        await using var box = await Mailbox.StartAsync();
        var request = await box.Scenario.RequestAsync();
        request.Email = Anna;
        await box.Scenario.Pledges.CreatePledgeAsync(request);
        await box.Scenario.SettleAsync();
        box.Scenario.Time.Advance(TimeSpan.FromMinutes(1));
        await box.CreateAsync(Mailbox.Once(Anna));
        await box.Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.DoesNotContain(await box.GoToAsync(2027, 1, 24), m => Mailbox.Token(m).Length > 0);
        Assert.Equal(0, box.Kept());
    }

    [Fact]
    public async Task A_campaign_that_cannot_be_read_is_waited_for()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Every(Anna, 2));
        var database = box.Scenario.Server.Services.GetRequiredService<Database>();
        async Task SwapAsync(string assignment)
        {
            await database.WriteAsync(c => Dapper.SqlMapper.Execute(c, $"UPDATE campaigns SET {assignment}, version = version + 1"));
            box.Scenario.Server.Services.GetRequiredService<CampaignCatalog>().Refresh();
        }

        await SwapAsync("resource = CAST(resource || x'FF' AS BLOB)");
        Assert.Empty(await box.GoToAsync(2027, 1, 24));
        Assert.Equal(1, box.Kept());
        await SwapAsync("resource = substr(resource, 1, length(resource) - 1)");
        Assert.Single(await box.GoToAsync(2027, 1, 24, 14));
    }

    [Fact]
    public async Task A_campaign_that_has_ended_or_is_deleted_reminds_nobody()
    {
        await using var box = await Mailbox.StartAsync();
        var editor = box.Scenario.Server.As("editor");
        foreach (var id in (string[])["ended", "deleted"])
        {
            var campaign = await box.Scenario.Server.PublishedAsync(id);
            await box.CreateAsync(Mailbox.Once(Anna, 0, campaign.Name));
            await box.CreateAsync(Mailbox.Every(Anna, 2, campaign.Name));
            await box.Scenario.Server.Campaigns.EndCampaignAsync(new() { Name = campaign.Name }, editor);
        }

        await box.Scenario.Server.Campaigns.DeleteCampaignAsync(new() { Name = "campaigns/deleted" }, editor);
        Assert.Equal(4, box.Kept());
        Assert.Empty(await box.GoToAsync(2027, 1, 24));
        Assert.Equal(0, box.Kept());
    }

    [Fact]
    public async Task A_paused_campaign_is_waited_for_45_days()
    {
        await using var box = await Mailbox.StartAsync();
        var server = box.Scenario.Server;
        await box.CreateAsync(Mailbox.Once(Anna));
        await box.CreateAsync(Mailbox.Every("boris@example.com", 2));
        var other = await server.PublishedAsync("other");
        await box.CreateAsync(Mailbox.Once("vera@example.com", 0, other.Name));
        foreach (var name in (string[])[Scenario.Campaign, other.Name])
            await server.Campaigns.PauseCampaignAsync(new() { Name = name }, server.As("editor"));
        Assert.Empty(await box.GoToAsync(2027, 1, 24));
        Assert.Empty(await box.GoToAsync(2027, 3, 9, 21));
        Assert.Equal(3, box.Kept());
        await server.Campaigns.ResumeCampaignAsync(new() { Name = Scenario.Campaign }, server.As("editor"));
        // It is looked at within the hour.
        Assert.Equal(2, (await box.GoToAsync(2027, 3, 9, 22)).Count);
        Assert.Equal((2, 1), (box.Kept(), box.Kept("every_months = 2")));
        // On the 45th day the other one's address goes; the recurring one has had its mail of March.
        await box.GoToAsync(2027, 3, 10, 0);
        Assert.Equal((1, 1), (box.Kept(), box.Kept("every_months = 2")));
        Assert.Equal(2, (await box.GoToAsync(2027, 3, 24)).Count);
        Assert.Equal(3, (await box.GoToAsync(2027, 5, 24)).Count);
    }

    /// <summary>A mail that could not leave in its month leaves in the next, and takes the place of that one's.</summary>
    [Fact]
    public async Task A_mailer_that_stands_still_over_the_end_of_a_month_brings_nobody_two_mails()
    {
        await using var box = await Mailbox.StartAsync();
        box.Leap(new(2026, 12, 31, 9, 0, 0, TimeSpan.Zero));
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        await box.CreateAsync(Mailbox.Once("boris@example.com", 1));
        box.Leap(new(2027, 1, 31, 9, 0, 0, TimeSpan.Zero));
        await box.ChoreAsync();
        box.Leap(new(2027, 1, 31, 23, 30, 0, TimeSpan.Zero));
        await box.SendAsync();
        Assert.Empty(await box.Scenario.MailsAsync());

        Assert.Equal(2, (await box.GoToAsync(2027, 2, 1, 0)).Count);
        Assert.Equal(2, (await box.GoToAsync(2027, 2, 28)).Count);
        Assert.Equal(3, (await box.GoToAsync(2027, 3, 31)).Count);
        Assert.Equal(1, box.Kept());
    }

    private static async Task RestartAsync(Mailbox box)
    {
        await box.Scenario.Server.RestartAsync();
        await box.Scenario.Server.Services.GetRequiredService<OperationsWorker>().PauseAsync();
    }
}
