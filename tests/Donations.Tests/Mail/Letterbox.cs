using Donations.Server.Mail;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Donations.Tests.Mail;

/// <summary>A server whose outbox tests fill by hand.</summary>
internal sealed class Letterbox(Scenario scenario) : IAsyncDisposable
{
    public const string Address = "anna.reader@example.com";
    public static readonly MinorAmount Amount = new(250, "USD");

    public Scenario Scenario => scenario;

    public FakeTimeProvider Time => scenario.Time;

    public MailOutbox Outbox => scenario.Server.Services.GetRequiredService<MailOutbox>();

    public V1.MailService.MailServiceClient Service => new(scenario.Server.Channel);

    private Database Database => scenario.Server.Services.GetRequiredService<Database>();

    /// <summary>Nobody sends by itself: the test is the mailer.</summary>
    public static async Task<Letterbox> StartAsync(params (string Key, string Value)[] configuration)
    {
        var settings = new Dictionary<string, string> { ["Mail:Directory"] = "" };
        foreach (var (key, value) in configuration)
            settings[key] = value;
        return new(await Scenario.StartAsync(settings, new LeapingClock()));
    }

    /// <summary>A recurring pledge, with an address unless told otherwise, as mail is written to it.</summary>
    public async Task<LetterTo> PledgeAsync(string? email = Address, string locale = "en")
    {
        var request = await scenario.RequestAsync();
        (request.Email, request.Locale) = (email ?? "", locale);
        var made = await scenario.Pledges.CreatePledgeAsync(request);
        return new(made.Pledge.Name.Split('/')[3], made.Pledge.Name.Split('/')[1], made.Pledge.Reference, locale);
    }

    /// <summary>A pledge that exists nowhere but here; enough where no address is needed.</summary>
    public static LetterTo Paper(string pledge = "p1", string donor = "d1") => new(pledge, donor, "P-TEST", "en");

    public MailDraft Receipt(LetterTo to, string payment = "pay1") => Letters.Receipt(to, payment, Amount, Time.NowMicros(), null);

    public MailDraft Failed(LetterTo to, string payment = "pay1", long attempt = 1) =>
        Letters.PaymentFailed(to, Payment.Types.Kind.RecurringSubsequent, payment, $"ch_{attempt}", Amount, "insufficient_funds", Time.NowMicros(), null)!;

    public Task<bool> AddAsync(MailDraft? draft) => Database.WriteAsync(c => Outbox.Add(c, draft));

    public Task<T> WriteAsync<T>(Func<Microsoft.Data.Sqlite.SqliteConnection, T> work) => Database.WriteAsync(work);

    public async Task<IReadOnlyList<V1.Mail>> LeaseAsync(int max = 0) => (await Service.LeaseMailsAsync(new() { MaxMailCount = max }, scenario.Server.As("mailer"))).Mails;

    public async Task<V1.Mail> FinishAsync(V1.Mail mail, MailOutcome outcome) => await Service.FinishMailAsync(new() { Name = mail.Name, Outcome = outcome }, scenario.Server.As("mailer"));

    public long Count(string where) => scenario.Count($"SELECT count(*) FROM mails WHERE {where}");

    public ValueTask DisposeAsync() => scenario.DisposeAsync();

    /// <summary>Stands, and leaps over months at once: a timer of a second does not fire millions of times on the way.</summary>
    private sealed class LeapingClock : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, dueTime, period);
    }
}
