using Donations.Mailer;
using Donations.Server.Donors;
using Donations.Server.Mail;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using State = Donations.V1.Mail.Types.State;

namespace Donations.Tests.Mail;

/// <summary>Handing mail out through MailService: one mailer at a time, at least once, with the address joined from the vault.</summary>
public sealed class LeaseTests
{
    [Fact]
    public async Task A_leased_mail_carries_its_values_and_an_address_that_only_the_key_opens()
    {
        await using var box = await Letterbox.StartAsync(("Mail:ManageUrl", "https://manage.example/"));
        var to = await box.PledgeAsync(locale: "ru");
        await box.AddAsync(box.Failed(to));
        var mail = Assert.Single(await box.LeaseAsync());
        Assert.Equal((MailTemplate.PaymentFailed, "ru", 1, State.Leased), (mail.Template, mail.Locale, mail.AttemptCount, mail.State));
        Assert.Equal((to.Reference, Scenario.Usd(2, 50), "insufficient_funds", "https://manage.example/"), (mail.Values.Reference, mail.Values.Amount, mail.Values.FailureReason, mail.Values.ManageUri));
        Assert.Equal(box.Time.GetUtcNow().AddMinutes(5), mail.LeaseExpireTime.ToDateTimeOffset());
        using var opener = new ContactOpener(await File.ReadAllTextAsync(Path.Combine(box.Scenario.Server.DataDirectory, "keys", DonorsModule.DevelopmentMailerKey)));
        Assert.Equal(Letterbox.Address, opener.Open(mail.SealedAddress.ToByteArray()));

        Assert.Empty(await box.LeaseAsync());
        var sent = await box.FinishAsync(mail, MailOutcome.Sent);
        Assert.Equal(State.Sent, sent.State);
        Assert.True(sent.SealedAddress.IsEmpty && sent.Values is null);
        Assert.Equal(1, box.Count("state = 3 AND letter_values = '{}'"));
    }

    /// <summary>Every letter as it is made here has what its text must show there.</summary>
    [Fact]
    public async Task Every_letter_about_a_pledge_reaches_the_mailer_with_what_its_text_needs()
    {
        await using var box = await Letterbox.StartAsync();
        var to = await box.PledgeAsync();
        var now = box.Time.NowMicros();
        MailDraft[] drafts =
        [
            box.Receipt(to), box.Failed(to), Letters.CardExpiring(to, 2026, 12, null), Letters.PreDebitNotice(to, Letterbox.Amount, now + UnixMicros.PerDay), Letters.Cancelled(to, now, now + UnixMicros.PerDay),
        ];
        foreach (var draft in drafts)
            Assert.True(await box.AddAsync(draft));
        var mails = await box.LeaseAsync();
        Assert.Equal(System.Enum.GetValues<MailTemplate>().Where(t => t is not (MailTemplate.Unspecified or MailTemplate.Reminder)), mails.Select(m => m.Template).Order());
        Assert.All(mails, m => Assert.Contains(to.Reference, MailTexts.Render(m.Template, m.Locale, m.Values).Text, StringComparison.Ordinal));
        Assert.Contains("12/2026", MailTexts.Render(MailTemplate.CardExpiring, "en", mails.Single(m => m.Template == MailTemplate.CardExpiring).Values).Text, StringComparison.Ordinal);
        Assert.Contains("25 November 2026", MailTexts.Render(MailTemplate.Cancelled, "en", mails.Single(m => m.Template == MailTemplate.Cancelled).Values).Text, StringComparison.Ordinal);
        // A card works to the end of its month, and so does the warning.
        Assert.Equal(1, box.Count($"template = {(int)MailTemplate.CardExpiring} AND expire_time_us = {new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero).ToMicros()}"));
    }

    [Fact]
    public async Task A_pledge_without_an_address_gets_no_mail_and_holds_up_none()
    {
        await using var box = await Letterbox.StartAsync();
        for (var i = 0; i < 5; i++)
            await box.AddAsync(box.Receipt(Letterbox.Paper($"nobody{i}"), $"none{i}"));
        var to = await box.PledgeAsync();
        box.Time.Advance(TimeSpan.FromSeconds(1));
        await box.AddAsync(box.Receipt(to));
        Assert.Equal(to.Reference, Assert.Single(await box.LeaseAsync(max: 2)).Values.Reference);
        Assert.Equal(5, box.Count("state = 4 AND letter_values = '{}'"));
    }

    [Fact]
    public async Task A_lease_that_ends_gives_the_mail_to_the_next_and_sent_is_believed_from_either()
    {
        await using var box = await Letterbox.StartAsync();
        await box.AddAsync(box.Receipt(await box.PledgeAsync()));
        var first = Assert.Single(await box.LeaseAsync());
        await box.Scenario.Server.RestartAsync();
        Assert.Empty(await box.LeaseAsync());
        box.Time.Advance(TimeSpan.FromMinutes(5));
        var second = Assert.Single(await box.LeaseAsync());
        Assert.Equal((first.Name, 2), (second.Name, second.AttemptCount));
        Assert.Equal(first.Values, second.Values);
        Assert.Equal(State.Sent, (await box.FinishAsync(first, MailOutcome.Sent)).State);
        // The other one is late with worse news: nothing undoes it.
        Assert.Equal(State.Sent, (await box.FinishAsync(second, MailOutcome.FailedTemporarily)).State);
        Assert.Equal(State.Sent, (await box.FinishAsync(second, MailOutcome.FailedForGood)).State);
        box.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await box.LeaseAsync());
    }

    [Fact]
    public async Task A_mail_that_fails_is_put_off_longer_each_time_and_in_the_end_for_good()
    {
        await using var box = await Letterbox.StartAsync();
        var to = await box.PledgeAsync();
        await box.AddAsync(Letters.PreDebitNotice(to, Letterbox.Amount, box.Time.NowMicros() + (365 * UnixMicros.PerDay)));
        var pauses = new List<TimeSpan>();
        for (var attempt = 1; attempt <= MailOutbox.MaxAttempts; attempt++)
        {
            var mail = Assert.Single(await box.LeaseAsync());
            Assert.Equal(attempt, mail.AttemptCount);
            var after = await box.FinishAsync(mail, MailOutcome.FailedTemporarily);
            if (attempt == MailOutbox.MaxAttempts)
            {
                Assert.Equal(State.Failed, after.State);
                break;
            }

            Assert.Equal(State.Waiting, after.State);
            pauses.Add(TimeSpan.FromMicroseconds(box.Scenario.Count("SELECT due_time_us FROM mails") - box.Time.NowMicros()));
            box.Time.Advance(pauses[^1] - TimeSpan.FromSeconds(1));
            Assert.Empty(await box.LeaseAsync());
            box.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360], pauses.Take(11).Select(p => p.TotalMinutes));
        Assert.Equal(1, box.Count("state = 5 AND letter_values = '{}'"));
    }

    /// <summary>A mail that kills its mailer each time says nothing; it must not do so for ever.</summary>
    [Fact]
    public async Task A_mail_that_nobody_finishes_fails_in_the_end()
    {
        await using var box = await Letterbox.StartAsync();
        await box.AddAsync(box.Receipt(await box.PledgeAsync()));
        for (var attempt = 1; attempt <= MailOutbox.MaxAttempts; attempt++)
        {
            Assert.Single(await box.LeaseAsync());
            box.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Empty(await box.LeaseAsync());
        Assert.Equal(1, box.Count("state = 5"));
    }

    [Fact]
    public async Task Mailers_share_and_no_mail_is_with_two()
    {
        await using var box = await Letterbox.StartAsync();
        var to = await box.PledgeAsync();
        for (var i = 0; i < 30; i++)
            await box.AddAsync(box.Receipt(to, $"pay{i}"));
        var leases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => box.LeaseAsync(10)));
        Assert.Equal(30, leases.SelectMany(l => l).Select(m => m.Name).Distinct().Count());
        Assert.All(leases, l => Assert.InRange(l.Count, 0, 10));
    }

    [Fact]
    public async Task Wrong_requests_are_told_their_fields()
    {
        await using var box = await Letterbox.StartAsync();
        var mailer = box.Scenario.Server.As("mailer");
        Assert.Equal(["max_mail_count", "lease_duration"], (await Errors.OfAsync(() => box.Service.LeaseMailsAsync(new() { MaxMailCount = -1, LeaseDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(9)) }, mailer))).Fields());
        Assert.Equal(["lease_duration"], (await Errors.OfAsync(() => box.Service.LeaseMailsAsync(new() { LeaseDuration = new() { Seconds = long.MaxValue } }, mailer))).Fields());
        Assert.Equal(["outcome"], (await Errors.OfAsync(() => box.Service.FinishMailAsync(new() { Name = "mails/00000000000000000000000000", Outcome = (MailOutcome)4711 }, mailer))).Fields());
    }
}
