using System.Diagnostics;
using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Donations.Benchmarks;

/// <summary>
/// P4: renewals applied from the inbox (payment, settlement, journal entry with lines and hash, two events done) beside the same rows by
/// group commit in a bare loop. Once with facts from the signed event and settlements listed together, once with a fetch for each renewal.
/// </summary>
internal static class ApplyBenchmark
{
    private const double Goal = 0.4;
    private const int Renewals = 5000;
    private const int WarmUps = 4;

    /// <summary>Payment, its settlement, entry, three lines, hash, two events.</summary>
    private const int RowsPerRenewal = 9;

    private const int Batch = 200;

    public static async Task RunAsync(int rounds)
    {
        var directory = Directory.CreateTempSubdirectory("donations-bench-").FullName;
        try
        {
            foreach (var (name, version) in ((string, string)[])[("facts from the event", StripeOptions.ApiVersion), ("a fetch for each", "2025-01-01.acacia")])
            {
                var gateway = new RenewalGateway(TimeProvider.System);
                await using var server = await TestServer.StartAsync(new() { Configure = b => b.Services.AddSingleton<IPaymentGateway>(gateway) });
                server.BooksAreDamaged = true;
                server.Services.GetRequiredService<InboxWorker>().Paused = true;
                await server.Services.GetRequiredService<OperationsWorker>().PauseAsync();
                for (var i = 0; i < WarmUps; i++)
                    await ApplyAsync(server, gateway, version);
                await Measure.CompareAsync($"P4 webhooks applied, {name}", "rows/s", Goal, rounds, () => Measure.RateAsync(watch => Task.Run(() => WriteBareRows(directory, watch))), () => ApplyAsync(server, gateway, version));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<Rate> ApplyAsync(TestServer server, RenewalGateway gateway, string apiVersion)
    {
        var (database, inbox, worker) = (server.Services.GetRequiredService<Database>(), server.Services.GetRequiredService<Inbox>(), server.Services.GetRequiredService<InboxWorker>());
        var ids = server.Services.GetRequiredService<Ids>();
        var first = gateway.Count;
        await database.WriteAsync((SqliteConnection c) =>
        {
            for (var i = first; i < first + Renewals; i++)
                c.Execute(InsertPledge, new { id = ids.New(), n = i });
        });
        gateway.Add(Renewals);
        await inbox.KeepAsync([.. Enumerable.Range(first, Renewals).SelectMany(i => gateway.EventsOf(i, apiVersion))]);
        var rate = await Measure.RateAsync(async _ =>
        {
            while (await worker.RunOnceAsync(CancellationToken.None) > 0)
            {
            }

            return Renewals * RowsPerRenewal;
        });
        var settled = database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM payments WHERE stripe_balance_transaction_id IS NOT NULL"));
        return settled == gateway.Count ? rate : throw new InvalidOperationException($"{settled} of {gateway.Count} renewals are settled");
    }

    private const string InsertPledge =
        """
        INSERT INTO pledges (pledge_id, donor_id, reference, campaign_id, tier_id, fund, interval, currency, amount_minor, fee_cover_minor, state, locale, token_first, manage_code_hash,
          stripe_customer_id, stripe_subscription_id, stripe_payment_intent_id, create_time_us, update_time_us, version)
        VALUES (@id, @id, @id, 'press-in-exile', 'monthly-2', 'general', 2, 'USD', 200, 0, 3, 'en', 1, CAST(@id AS BLOB), 'cus_' || @n, 'sub_' || @n, 'pi_first_' || @n, 1, 1, 1)
        """;

    private static long WriteBareRows(string directory, Stopwatch watch)
    {
        var path = Path.Combine(directory, $"bare-{Stopwatch.GetTimestamp()}.db");
        Database.Open(path, "main", TimeProvider.System, NullLoggerFactory.Instance).DisposeAsync().AsTask().GetAwaiter().GetResult();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;");
        var commands = Statements.Select(sql =>
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Parameters.Add("@id", SqliteType.Text);
            command.Parameters.Add("@n", SqliteType.Integer);
            command.Prepare();
            return command;
        }).ToArray();
        var ids = new Ids(TimeProvider.System, new RandomSource());
        var (rows, n) = (0L, 0L);
        watch.Restart();
        while (watch.Elapsed < Measure.Round)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            for (var i = 0; i < Batch; i += RowsPerRenewal, n++)
            {
                var id = ids.New();
                foreach (var command in commands)
                {
                    (command.Transaction, command.Parameters[0].Value, command.Parameters[1].Value) = (transaction, id, n + 1);
                    rows += command.ExecuteNonQuery();
                }
            }

            transaction.Commit();
        }

        return rows;
    }

    private static readonly string[] Statements =
    [
        """
        INSERT INTO payments (payment_id, pledge_id, donor_id, campaign_id, fund, placement, interval, kind, state, currency, amount_minor, fee_cover_minor, pay_time_us,
          stripe_payment_intent_id, stripe_charge_id, create_time_us, update_time_us)
        VALUES (@id, @id, @id, 'press-in-exile', 'general', 0, 2, 3, 1, 'USD', 200, 0, @n, @id, @id, 1, 1)
        """,
        "UPDATE payments SET stripe_balance_transaction_id = @id, settlement_currency = 'USD', settlement_gross_minor = 200, settlement_fee_minor = 37, settlement_net_minor = 163 WHERE payment_id = @id",
        "INSERT INTO journal_entries (entry_id, source_kind, source_id, transition, book_date, fact_time_us, create_time_us, livemode, memo) VALUES (@n, 'balance_transaction', @id, 'charge', 20261124, @n, 1, 0, 'Stripe charge ch_benchmark')",
        "INSERT INTO journal_lines (entry_id, line, book_date, account, currency, debit_minor, credit_minor) VALUES (@n, 1, 20261124, '1010', 'USD', 163, 0)",
        "INSERT INTO journal_lines (entry_id, line, book_date, account, currency, debit_minor, credit_minor, campaign_id, fund, placement) VALUES (@n, 2, 20261124, '6000', 'USD', 37, 0, 'press-in-exile', 'general', 0)",
        "INSERT INTO journal_lines (entry_id, line, book_date, account, currency, debit_minor, credit_minor, campaign_id, fund, placement) VALUES (@n, 3, 20261124, '4020', 'USD', 0, 200, 'press-in-exile', 'general', 0)",
        "INSERT INTO journal_hashes (entry_id, hash) VALUES (@n, zeroblob(32))",
        "INSERT INTO inbox_events (event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, next_try_time_us, update_time_us) VALUES (@id, 'payment_intent.succeeded', 'x', @id, @id || @id || @id || @id || @id || @id || @id || @id, 1, @n, 2, 1, 1)",
        "INSERT INTO inbox_events (event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, next_try_time_us, update_time_us) VALUES (@id || 'c', 'charge.updated', 'x', @id, @id || @id || @id || @id || @id || @id || @id || @id, 1, @n, 2, 1, 1)",
    ];

    /// <summary>Stripe's side of the renewals, answered at once.</summary>
    private sealed class RenewalGateway(TimeProvider time) : InstantGateway(time)
    {
        private readonly long _start = time.GetUtcNow().ToUnixTimeSeconds() - 1_000_000;

        public int Count { get; private set; }

        public void Add(int renewals) => Count += renewals;

        // One a second, as a busy newsroom has them.
        private long TimeOf(int i) => (_start + i) * 1_000_000;

        public IEnumerable<StripeEventFacts> EventsOf(int i, string apiVersion)
        {
            var intent = new EventProjection($"pi_{i}", "payment_intent", "succeeded", $"cus_{i}", $"pi_{i}", $"ch_{i}", null, null, null, 200, "usd", null, []);
            yield return new($"evt_{i}_p", "payment_intent.succeeded", apiVersion, false, TimeOf(i), intent);
            yield return new($"evt_{i}_c", "charge.updated", apiVersion, false, TimeOf(i), intent with { ObjectId = $"ch_{i}", ObjectType = "charge", BalanceTransactionId = $"txn_{i}" });
        }

        public override Task<IntentFacts> GetIntentAsync(string intentId, CancellationToken cancellationToken)
        {
            var i = int.Parse(intentId.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture);
            return Task.FromResult(new IntentFacts(intentId, "succeeded", null, new MinorAmount(200, "USD"), null, $"ch_{i}", TimeOf(i), Settled(i), null, $"cus_{i}"));
        }

        public override Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, long? untilMicros, string? startingAfter, int limit, CancellationToken cancellationToken)
        {
            var newest = startingAfter is null ? Count - 1 : int.Parse(startingAfter.AsSpan(4), System.Globalization.CultureInfo.InvariantCulture) - 1;
            if (untilMicros is { } until)
                newest = Math.Min(newest, (int)((until / 1_000_000) - _start));
            var oldest = Math.Max(0, (int)((sinceMicros / 1_000_000) - _start));
            var rows = Enumerable.Range(0, limit).Select(n => newest - n).TakeWhile(i => i >= oldest).Select(Settled).ToList();
            return Task.FromResult<(IReadOnlyList<BalanceTransactionFacts>, bool)>((rows, rows.Count == limit && newest - limit >= oldest));
        }

        private BalanceTransactionFacts Settled(int i) => new($"txn_{i}", "charge", $"ch_{i}", 200, 37, 163, "USD", null, TimeOf(i), null);
    }
}
