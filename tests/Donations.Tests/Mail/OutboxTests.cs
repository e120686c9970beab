using Donations.Server.Mail;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Tests.Mail;

/// <summary>What gets into the outbox: each fact once, in the transaction of the fact, and no donor is dunned twice at a time.</summary>
public sealed class OutboxTests
{
    [Fact]
    public async Task A_fact_is_told_once_and_only_if_its_transaction_stands()
    {
        await using var box = await Letterbox.StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => box.WriteAsync<int>(c =>
        {
            Assert.True(box.Outbox.Add(c, box.Receipt(Letterbox.Paper())));
            throw new InvalidOperationException("the fact is no fact");
        }));
        Assert.Equal(0, box.Count("1"));

        Assert.True(await box.AddAsync(box.Receipt(Letterbox.Paper())));
        Assert.False(await box.AddAsync(box.Receipt(Letterbox.Paper())));
        Assert.True(await box.AddAsync(box.Receipt(Letterbox.Paper(), "pay2")));
        Assert.Equal(2, box.Count("state = 1"));
    }

    [Fact]
    public async Task A_donor_has_one_dunning_mail_at_a_time_across_pledges()
    {
        await using var box = await Letterbox.StartAsync();
        var (one, two) = (await box.PledgeAsync(), Letterbox.Paper());
        two = two with { DonorId = one.DonorId };
        Assert.True(await box.AddAsync(box.Failed(one, "a")));
        Assert.False(await box.AddAsync(box.Failed(two, "b")));
        Assert.True(await box.AddAsync(box.Failed(Letterbox.Paper(donor: "another"), "c")));
        Assert.True(await box.AddAsync(box.Receipt(one)));

        // Also while it is with a mailer, and for three days after it was sent.
        var mail = Assert.Single(await box.LeaseAsync(), m => m.Template == MailTemplate.PaymentFailed);
        Assert.False(await box.AddAsync(box.Failed(two, "b")));
        await box.FinishAsync(mail, MailOutcome.Sent);
        box.Time.Advance(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1));
        Assert.False(await box.AddAsync(box.Failed(two, "b")));
        box.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await box.AddAsync(box.Failed(two, "b")));
    }

    [Fact]
    public async Task The_quiet_time_is_a_setting_and_a_mail_that_was_not_sent_keeps_nobody_quiet()
    {
        await using var box = await Letterbox.StartAsync(("Mail:DunningQuietTime", "01:00:00"));
        var to = await box.PledgeAsync();
        await box.AddAsync(box.Failed(to, "a"));
        await box.FinishAsync(Assert.Single(await box.LeaseAsync()), MailOutcome.FailedForGood);
        Assert.True(await box.AddAsync(box.Failed(to, "b")));
        await box.FinishAsync(Assert.Single(await box.LeaseAsync()), MailOutcome.Sent);
        Assert.False(await box.AddAsync(box.Failed(to, "c")));
        box.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.True(await box.AddAsync(box.Failed(to, "c")));
    }

    [Theory]
    [InlineData(Payment.Types.Kind.OneTime)]
    [InlineData(Payment.Types.Kind.RecurringFirst)]
    [InlineData(Payment.Types.Kind.Unspecified)]
    public async Task No_mail_tells_of_a_first_payment_that_is_incomplete(Payment.Types.Kind kind)
    {
        await using var box = await Letterbox.StartAsync();
        Assert.False(await box.AddAsync(Letters.PaymentFailed(Letterbox.Paper(), kind, "pay1", "ch_1", Letterbox.Amount, null, box.Time.NowMicros(), null)));
        Assert.Equal(0, box.Count("1"));
    }

    [Fact]
    public async Task A_mail_is_withdrawn_when_it_is_no_longer_so()
    {
        await using var box = await Letterbox.StartAsync();
        var (one, two) = (Letterbox.Paper("p1"), Letterbox.Paper("p2", "d2"));
        await box.AddAsync(box.Failed(one, "a"));
        await box.AddAsync(box.Failed(two, "b"));
        await box.AddAsync(box.Receipt(one));
        Assert.Equal(1, await box.WriteAsync(c => box.Outbox.Withdraw(c, "p1", MailTemplate.PaymentFailed)));
        Assert.Equal(0, await box.WriteAsync(c => box.Outbox.WithdrawAllOf(c, "d2", MailTemplate.Receipt)));
        Assert.Equal(1, await box.WriteAsync(c => box.Outbox.WithdrawAllOf(c, "d2")));
        Assert.Equal(2, box.Count("state = 4 AND letter_values = '{}'"));
        // The card was mended, and fails again later: that is told.
        Assert.True(await box.AddAsync(box.Failed(one, "a", attempt: 2)));
    }

    [Fact]
    public async Task What_comes_too_late_is_not_queued_and_what_waits_too_long_is_dropped()
    {
        await using var box = await Letterbox.StartAsync();
        var to = await box.PledgeAsync();
        var old = box.Receipt(to, "old");
        await box.AddAsync(box.Receipt(to, "waits"));
        box.Time.Advance(TimeSpan.FromDays(14));
        Assert.False(await box.AddAsync(old));
        await box.AddAsync(box.Receipt(to, "fresh"));
        Assert.Single(await box.LeaseAsync());
        Assert.Equal(1, box.Count("state = 4 AND dedupe_key = 'receipt/waits' AND letter_values = '{}'"));

        // Without a mailer the chore does it.
        await box.AddAsync(Letters.PreDebitNotice(to, Letterbox.Amount, box.Time.NowMicros() + UnixMicros.PerDay));
        box.Time.Advance(TimeSpan.FromDays(2));
        await new ForgetMails(box.Outbox).RunAsync(CancellationToken.None);
        Assert.Equal(2, box.Count("state = 4"));
    }

    [Fact]
    public async Task A_mail_may_wait_for_its_day_and_finished_ones_are_forgotten()
    {
        await using var box = await Letterbox.StartAsync();
        var to = await box.PledgeAsync();
        var day = box.Time.NowMicros() + (5 * UnixMicros.PerDay);
        await box.AddAsync(Letters.PreDebitNotice(to, Letterbox.Amount, day + (15 * UnixMicros.PerDay)) with { NotBeforeUs = day });
        Assert.Empty(await box.LeaseAsync());
        box.Time.Advance(TimeSpan.FromDays(5));
        await box.FinishAsync(Assert.Single(await box.LeaseAsync()), MailOutcome.Sent);
        box.Time.Advance(TimeSpan.FromDays(90));
        await new ForgetMails(box.Outbox).RunAsync(CancellationToken.None);
        Assert.Equal(1, box.Count("1"));
        box.Time.Advance(TimeSpan.FromSeconds(1));
        await new ForgetMails(box.Outbox).RunAsync(CancellationToken.None);
        Assert.Equal(0, box.Count("1"));
    }

    [Fact]
    public async Task Where_mail_is_off_nothing_is_queued()
    {
        await using var box = await Letterbox.StartAsync(("Mail:Mode", "Off"));
        Assert.False(await box.AddAsync(box.Receipt(Letterbox.Paper())));
        Assert.Equal(0, box.Count("1"));
    }

    [Theory]
    [InlineData("Mail:ManageUrl", "http://paper.example/manage")]
    [InlineData("Mail:ManageUrl", "manage")]
    [InlineData("Mail:GiveUrl", "http://paper.example/{campaign}")]
    [InlineData("Mail:UnsubscribeUrl", "mail.example")]
    [InlineData("Mail:DunningQuietTime", "-1.00:00:00")]
    [InlineData("Mail:From", "nobody")]
    public async Task A_wrong_setting_stops_the_start(string key, string value) =>
        Assert.EndsWith("Refusing to start.", (await Assert.ThrowsAsync<InvalidOperationException>(() => Letterbox.StartAsync((key, value)))).Message, StringComparison.Ordinal);
}
