using System.Text.RegularExpressions;
using Dapper;
using Donations.Server.Donors;
using Donations.Server.Mail;
using Donations.Server.Reminders;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Donations.Tests.Reminders;

/// <summary>A server with readers who want to be reminded, and their mailboxes.</summary>
internal sealed partial class Mailbox(Scenario scenario) : IAsyncDisposable
{
    public Scenario Scenario => scenario;

    public Database Vault => scenario.Server.Services.GetRequiredService<VaultFile>().Database;

    public static async Task<Mailbox> StartAsync(params (string Key, string Value)[] configuration)
    {
        var settings = new Dictionary<string, string> { ["Mail:UnsubscribeUrl"] = "https://mail.example", ["Mail:GiveUrl"] = "https://page.example/{campaign}" };
        foreach (var (key, value) in configuration)
            settings[key] = value;
        return new(await Scenario.StartAsync(settings));
    }

    public static CreateReminderRequest Once(string email, int monthsAhead = 0, string campaign = Scenario.Campaign) =>
        new() { Reminder = new() { Campaign = campaign, OneOff = new() { MonthsAhead = monthsAhead } }, Email = email };

    public static CreateReminderRequest Every(string email, int everyMonths, string campaign = Scenario.Campaign) =>
        new() { Reminder = new() { Campaign = campaign, Recurring = new() { EveryMonths = everyMonths } }, Email = email };

    public async Task<Reminder> CreateAsync(CreateReminderRequest request) => await scenario.Server.Appeals.CreateReminderAsync(request);

    /// <summary>Moves the clock, and does what the server does by itself: mail goes out. Every mail so far.</summary>
    public async Task<IReadOnlyList<MimeMessage>> GoToAsync(int year, int month, int day, int hour = 12)
    {
        Leap(new(year, month, day, hour, 0, 0, TimeSpan.Zero));
        await SendAsync();
        return await scenario.MailsAsync();
    }

    /// <summary>Moves the clock and fires no timer.</summary>
    public void Leap(DateTimeOffset to) => scenario.Time.AdjustTime(to);

    /// <summary>The chore, the mailer, and the chore again for what became of the mail.</summary>
    public async Task SendAsync()
    {
        await ChoreAsync();
        await scenario.Server.Services.GetRequiredService<DevelopmentMailer>().DeliverAsync(CancellationToken.None);
        await ChoreAsync();
    }

    public Task ChoreAsync() => scenario.Server.Services.GetServices<IChore>().OfType<SendReminders>().Single().RunAsync(CancellationToken.None);

    public long Kept(string where = "1") => Vault.Read(c => c.ExecuteScalar<long>($"SELECT count(*) FROM reminders WHERE {where}"));

    /// <summary>The token of a reminder's link.</summary>
    public static string Token(MimeMessage mail) => Link().Match(mail.TextBody ?? "").Groups["token"].Value;

    public ValueTask DisposeAsync() => scenario.DisposeAsync();

    [GeneratedRegex(@"/reminders/cancel/(?<token>[\w-]+)")]
    private static partial Regex Link();
}
