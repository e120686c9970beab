using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Mail;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.StripeSimulator;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using Stripe;
using WireMoney = Google.Type.Money;

namespace Donations.Testing;

/// <summary>
/// The composed server with its simulator, and the few things that stories do: get a token, pledge, let time pass, wait until
/// everything that follows has happened. The clock stands until it is moved.
/// </summary>
public sealed class Scenario : IAsyncDisposable
{
    public const string Campaign = "campaigns/press-in-exile";
    private const int MaxRounds = 200;

    private Scenario(TestServer server, FakeTimeProvider time) => (Server, Time) = (server, time);

    public TestServer Server { get; }

    public FakeTimeProvider Time { get; }

    public PledgeService.PledgeServiceClient Pledges => new(Server.Channel);

    public V1.PaymentService.PaymentServiceClient Payments => new(Server.Channel);

    public V1.LedgerService.LedgerServiceClient Ledger => new(Server.Channel);

    public ReportService.ReportServiceClient Reports => new(Server.Channel);

    public ReceiptService.ReceiptServiceClient Receipts => new(Server.Channel);

    public SimulatorEngine Simulator => Server.Services.GetRequiredService<SimulatorHosting>().Engine!;

    /// <summary>Where the simulator's own endpoints are.</summary>
    public Uri SimulatorAddress => new(Server.Services.GetRequiredService<SimulatorAddress>().ApiBase);

    /// <summary>Stripe's own view.</summary>
    public V1Services Stripe => ((StripeClient)Server.Services.GetRequiredService<IStripeClient>()).V1;

    internal Database Database => Server.Services.GetRequiredService<Database>();

    /// <param name="configuration">On top of what ships.</param>
    /// <param name="time">Another clock that stands until it is moved; it is set to the scenario's start.</param>
    public static async Task<Scenario> StartAsync(Dictionary<string, string>? configuration = null, FakeTimeProvider? time = null)
    {
        time ??= new();
        time.SetUtcNow(new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero));
        var server = await TestServer.StartAsync(new() { Time = time, Configuration = configuration ?? [] });
        await server.Services.GetRequiredService<OperationsWorker>().PauseAsync();
        server.Services.GetRequiredService<InboxWorker>().Paused = true;
        return new(server, time);
    }

    /// <summary>What Stripe's form gives a page for a test card.</summary>
    public async Task<string> TokenAsync(string paymentMethod = "pm_card_visa")
    {
        var client = (StripeClient)Server.Services.GetRequiredService<IStripeClient>();
        return (await client.V1.TestHelpers.ConfirmationTokens.CreateAsync(new() { PaymentMethod = paymentMethod })).Id;
    }

    /// <summary>A well-formed request on a seeded tier.</summary>
    public async Task<CreatePledgeRequest> RequestAsync(string tier = "monthly-2", WireMoney? amount = null, string paymentMethod = "pm_card_visa") => new()
    {
        RequestId = NewRequestId(),
        Campaign = Campaign,
        Tier = $"{Campaign}/tiers/{tier}",
        Amount = amount ?? Usd(2),
        ConfirmationToken = await TokenAsync(paymentMethod),
        ReturnUrl = "https://paper.example/thanks",
        // Test cards are few, and stories many.
        AllowDuplicate = true,
        Consents = { new Consent { Purpose = Consent.Types.Purpose.Terms, TextVersion = "terms-2026-11", Granted = true } },
    };

    public async Task<CreatePledgeResponse> PledgeAsync(string tier = "monthly-2", WireMoney? amount = null, string paymentMethod = "pm_card_visa") =>
        await Pledges.CreatePledgeAsync(await RequestAsync(tier, amount, paymentMethod));

    /// <summary>Call options of the donor that a pledge was made by.</summary>
    public static CallOptions Donor(CreatePledgeResponse made) => TestServer.Bearer(made.AccessToken);

    public async Task<Pledge> GetAsync(CreatePledgeResponse made) => await Pledges.GetPledgeAsync(new() { Name = made.Pledge.Name }, Server.As("support"));

    public async Task<IReadOnlyList<Payment>> PaymentsAsync(CreatePledgeResponse made) =>
        (await Payments.ListPaymentsAsync(new() { Pledge = made.Pledge.Name }, Server.As("finance"))).Payments;

    public static WireMoney Usd(long units, int cents = 0) => new() { CurrencyCode = "USD", Units = units, Nanos = cents * 10_000_000 };

    public static string NewRequestId()
    {
        var bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    /// <summary>Lets Stripe's time pass, then waits until everything that follows has happened.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        // Ids sort by the server's clock, to the millisecond.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Simulator.AdvanceAsync(by);
        await SettleAsync();
    }

    /// <summary>Delivers webhooks, applies events and runs operations until nothing is left that is due.</summary>
    public async Task SettleAsync()
    {
        var inbox = Server.Services.GetRequiredService<InboxWorker>();
        var operations = Server.Services.GetRequiredService<OperationsWorker>();
        for (var round = 0; round < MaxRounds; round++)
        {
            await Simulator.TickAsync();
            var applied = await inbox.RunOnceAsync(CancellationToken.None);
            var ran = await operations.RunDueAsync(evenLeased: false, CancellationToken.None);
            if (applied + ran == 0 && PendingEvents() == 0)
                return;
        }

        throw new InvalidOperationException("The scenario does not come to rest");
    }

    /// <summary>Runs the rooms' chores now, as the operations worker does every so often.</summary>
    public async Task RunChoresAsync()
    {
        foreach (var chore in Server.Services.GetServices<IChore>())
            await chore.RunAsync(CancellationToken.None);
        await Server.Services.GetRequiredService<Reconciler>().WhenIdleAsync();
        // What a chore asks for is due at once.
        await SettleAsync();
    }

    /// <summary>Sends what is due with the development mailer, and reads every mail sent so far, oldest first. Mails that are put off need the clock moved.</summary>
    public async Task<IReadOnlyList<MimeMessage>> MailsAsync()
    {
        var mailer = Server.Services.GetRequiredService<DevelopmentMailer>();
        if (await mailer.DeliverAsync(CancellationToken.None) is { Problem: { } problem })
            throw new InvalidOperationException(problem);
        return !Directory.Exists(mailer.MailDirectory) ? [] :
            [.. Directory.EnumerateFiles(mailer.MailDirectory, "*.eml").Order(StringComparer.Ordinal).Select(f => MimeMessage.Load(f))];
    }

    /// <summary>Answers 3-D Secure on the bank's page, as the reader would.</summary>
    public async Task AuthenticateAsync(string intentId, string clientSecret, bool pass)
    {
        using var http = new HttpClient();
        var page = new Uri(SimulatorAddress, $"/_simulator/3ds/{intentId}");
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["client_secret"] = clientSecret, ["framed"] = "true", ["outcome"] = pass ? "complete" : "fail" });
        using var answer = await http.PostAsync(page, form);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>
    /// The books' invariants (docs/finance.md): each entry balances, one entry per fact, 1010 equals Stripe's balance per currency,
    /// suspense is empty, and every gift that Stripe settled is in the books. First by statements of its own, then as the server checks itself.
    /// </summary>
    public async Task CheckBooksAsync()
    {
        var unbalanced = Database.Read(c => c.ExecuteScalar<long>(
            "SELECT count(*) FROM (SELECT entry_id FROM journal_lines GROUP BY entry_id, currency HAVING sum(debit_minor) <> sum(credit_minor))"));
        Require(unbalanced == 0, $"{unbalanced} entries do not balance");
        var orphans = Database.Read(c => c.ExecuteScalar<long>(
            "SELECT count(*) FROM payments p WHERE p.stripe_balance_transaction_id IS NOT NULL AND p.pay_time_us >= @OpeningMicros AND NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.source_id = p.stripe_balance_transaction_id)",
            new { Server.Services.GetRequiredService<BookCalendar>().OpeningMicros }));
        Require(orphans == 0, $"{orphans} settled payments are not in the books");

        var clearing = Database.Read(c => c.Query<(string Currency, long Minor)>(
            "SELECT currency, sum(debit_minor - credit_minor) FROM journal_lines WHERE account = '1010' GROUP BY currency").ToDictionary(r => r.Currency, r => r.Minor));
        var balance = await Stripe.Balance.GetAsync();
        foreach (var currency in balance.Available.Select(a => a.Currency).Concat(balance.Pending.Select(p => p.Currency)).Distinct())
        {
            var theirs = balance.Available.Where(a => a.Currency == currency).Sum(a => a.Amount) + balance.Pending.Where(p => p.Currency == currency).Sum(p => p.Amount);
            var ours = clearing.GetValueOrDefault(currency.ToUpperInvariant());
            Require(ours == theirs, $"1010 is {ours} {currency}, Stripe's balance is {theirs}");
        }

        var suspense = Database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM journal_lines WHERE account = '9999'"));
        Require(suspense == 0, "Suspense is not empty");
        await RunOwnCheckAsync();
    }

    /// <summary>What the server itself checks in production.</summary>
    private async Task RunOwnCheckAsync()
    {
        var (invariants, balances) = await Server.Services.GetRequiredService<BooksCheck>().CheckAsync(CancellationToken.None);
        foreach (var found in invariants)
            Require(found.Violations.Count == 0, $"{found.Invariant.Name} does not hold: {string.Join(", ", found.Violations)}");
        Require(balances is not null, "Stripe's balance did not stand still");
        foreach (var seen in balances!)
            Require(seen.DifferenceMinor == 0, $"1010 is {seen.DifferenceMinor} minor units of {seen.Currency} above Stripe's balance, says the server");
    }

    /// <summary>Everything settled, and all that the service has as Stripe has it, to the cent.</summary>
    public async Task CheckAgainstStripeAsync()
    {
        await SettleAsync();
        await Server.Services.GetRequiredService<BooksSync>().SweepAsync(CancellationToken.None);
        await new StripeBooks(this).CheckAsync();
    }

    /// <summary>Lets both clocks pass, in steps (of three days unless told), each followed by what it brings and the chores: as a real server lives.</summary>
    public async Task LiveAsync(TimeSpan by, TimeSpan? step = null)
    {
        var stride = step ?? TimeSpan.FromDays(3);
        for (var left = by; left > TimeSpan.Zero; left -= stride)
        {
            Pass(left < stride ? left : stride);
            await SettleAsync();
            await RunChoresAsync();
        }
    }

    /// <summary>Moves both clocks on. No timer fires (days of them would): what is due happens when it is looked for.</summary>
    public void Pass(TimeSpan by) => Time.AdjustTime(Time.GetUtcNow() + by);

    /// <summary>Answers 3-D Secure for an action that a call gave.</summary>
    public Task AuthenticateAsync(PledgeAction action, bool pass) =>
        AuthenticateAsync(action.ClientSecret[..action.ClientSecret.IndexOf("_secret_", StringComparison.Ordinal)], action.ClientSecret, pass);

    /// <summary>The subscription of a pledge.</summary>
    public async Task<Subscription> SubscriptionAsync(CreatePledgeResponse made)
    {
        Subscription? newest = null;
        await foreach (var subscription in Stripe.Subscriptions.ListAutoPagingAsync(new() { Status = "all", Limit = 100 }))
            newest ??= subscription.Metadata["donations_pledge"] == made.Pledge.Name ? subscription : null;
        return newest ?? throw new InvalidOperationException($"{made.Pledge.Name} has no subscription");
    }

    /// <summary>Puts a card behind a pledge, at Stripe, that behaves as its test id says.</summary>
    public async Task ReplaceCardAsync(CreatePledgeResponse made, string paymentMethod)
    {
        var subscription = await SubscriptionAsync(made);
        var card = await Stripe.PaymentMethods.AttachAsync(paymentMethod, new() { Customer = subscription.CustomerId });
        await Stripe.Subscriptions.UpdateAsync(subscription.Id, new() { DefaultPaymentMethod = card.Id });
    }

    /// <summary>Takes in Stripe's events of one type, as if only their webhooks had come.</summary>
    public async Task DeliverAsync(string type)
    {
        var events = await Server.Services.GetRequiredService<IPaymentGateway>().ListEventsAsync(0, int.MaxValue, undelivered: false, CancellationToken.None);
        await Server.Services.GetRequiredService<Inbox>().KeepAsync([.. events.Where(e => e.Type == type)]);
        await SettleAsync();
    }

    /// <summary>Applies every event of the inbox again, one at a time, in the order of their arrival or the other way round.</summary>
    public async Task ReplayAllAsync(bool reverse = false)
    {
        var inbox = Server.Services.GetRequiredService<Inbox>();
        foreach (var id in Query<string>($"SELECT event_id FROM inbox_events ORDER BY receive_time_us {(reverse ? "DESC" : "")}"))
        {
            await inbox.ReplayAsync(id);
            await SettleAsync();
        }
    }

    /// <summary>Changes the server's own database, as a defect would.</summary>
    public Task ExecuteAsync(string sql) => Database.WriteAsync((Microsoft.Data.Sqlite.SqliteConnection c) => c.Execute(sql));

    /// <summary>Rows of the server's own database.</summary>
    public IReadOnlyList<T> Query<T>(string sql) => Database.Read(c => c.Query<T>(sql).AsList());

    /// <summary>A number from the server's own database.</summary>
    public long Count(string sql) => Database.Read(c => c.ExecuteScalar<long>(sql));

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    private long PendingEvents() => Database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM inbox_events WHERE state = 1 AND next_try_time_us <= @now", new { now = Time.NowMicros() }));

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException(what);
    }
}
