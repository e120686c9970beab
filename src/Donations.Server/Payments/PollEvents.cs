using Donations.Server.Ledger;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>Keeps the books whole even where a webhook never came.</summary>
internal sealed class SweepBooks(BooksSync books) : IChore
{
    public TimeSpan Every => TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await books.SweepAsync(cancellationToken);
        await books.ReadOpenPayoutsAsync(cancellationToken);
    }
}

/// <summary>
/// Takes in events that no webhook brought: every few minutes beside webhooks, every two seconds where there is no webhook
/// secret (development against Stripe's test mode).
/// </summary>
internal sealed class PollEvents(Database database, IPaymentGateway gateway, IEnumerable<IStripeEventHandler> handlers, Inbox inbox, InboxWorker worker, WebhookSecrets secrets, Reconciler reconciler, ExceptionStore exceptions, TimeProvider time) : IChore
{
    private const string Cursor = "events";

    /// <summary>Events are listed again this far back: Stripe's list is not ordered by arrival.</summary>
    private const long OverlapMicros = 10 * 60 * UnixMicros.PerSecond;

    private const int Batch = 500;

    /// <summary>The first poll of a new installation does not take in old history.</summary>
    private const long FirstLookBackMicros = 3600 * UnixMicros.PerSecond;

    /// <summary>Stripe keeps events for thirty days; a day less, since what is about to go may be gone when it is asked for.</summary>
    private const long KeptMicros = 29 * UnixMicros.PerDay;

    /// <summary>Thirty days of a large newsroom.</summary>
    private const int MaxEvents = 1_000_000;

    public TimeSpan Every => secrets.Current.Count == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // The cursor is where the last complete poll ended, not what a webhook brought since: between the two may be a gap.
        var started = time.NowMicros();
        var known = database.Read(c => Cursors.Find(c, Cursor), cancellationToken);
        var since = (known - OverlapMicros) ?? (time.NowMicros() - FirstLookBackMicros);
        if (since < time.NowMicros() - KeptMicros)
            await NoteLossAsync(since);
        List<StripeEventFacts> events = [.. await gateway.ListEventsAsync(since, MaxEvents, undelivered: false, cancellationToken, Wanted)];
        // What no endpoint took may be older than what is listed from the cursor on.
        if (secrets.Current.Count > 0)
            events.AddRange(await gateway.ListEventsAsync(time.NowMicros() - KeptMicros, MaxEvents, undelivered: true, cancellationToken, Wanted));
        foreach (var batch in events.Chunk(Batch))
        {
            if (await inbox.KeepAsync(batch) > 0)
                worker.Wake();
        }

        // A quiet account is caught up with too.
        await database.WriteAsync(c => Cursors.Advance(c, Cursor, events.Select(e => e.CreateTimeMicros).Append(started).Max()));
    }

    /// <summary>What no room handles is not asked of Stripe's webhooks either (docs/go-live.md).</summary>
    private bool Wanted(string type) => handlers.Any(h => h.Handles(type));

    /// <summary>Events of this gap are gone at Stripe: only the objects can tell what happened.</summary>
    private async Task NoteLossAsync(long sinceMicros)
    {
        await database.WriteAsync((SqliteConnection c) =>
        {
            exceptions.Open(c, ReconciliationException.Types.Kind.EventsLost, "events", null, $"no event since {UnixMicros.ToDateTimeOffset(sinceMicros):yyyy-MM-dd}; comparing objects");
            Cursors.Advance(c, Cursor, time.NowMicros() - KeptMicros);
        });
        await reconciler.StartAsync(sinceMicros);
    }
}
