using System.Diagnostics;
using Dapper;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Grpc.Net.Client;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Donations.Benchmarks;

/// <summary>P2: CreatePledge, durable, 256 callers, the gateway answering at once, beside the same rows by group commit in a bare loop.</summary>
internal static class CreatePledgeBenchmark
{
    private const double Goal = 0.4;
    private const int Connections = 8;
    private const int Streams = 32;

    /// <summary>Rows written for a one-time pledge: pledge, operation and answer twice each (intent, result), and the payment.</summary>
    private const int RowsPerPledge = 7;

    private const int Batch = 200;

    public static async Task RunAsync(int rounds)
    {
        var directory = Directory.CreateTempSubdirectory("donations-bench-").FullName;
        try
        {
            AnsiConsole.MarkupLineInterpolated($"fdatasync: {SyncsPerSecond(directory):N0} per second on this disk");
            await using var server = await TestServer.StartAsync(new() { Configure = b => b.Services.AddSingleton<IPaymentGateway, InstantGateway>() });
            server.BooksAreDamaged = true;
            Task<Rate> Ours(TimeSpan time) => Measure.CallsPerSecondAsync(server.GrpcAddress, Connections, Streams, time, Call);
            await Ours(Measure.WarmUp);
            await Measure.CompareAsync(
                $"P2 CreatePledge, {Connections * Streams} callers, {RowsPerPledge} rows each",
                "rows/s",
                Goal,
                rounds,
                () => Measure.RateAsync(watch => Task.Run(() => WriteBareRows(directory, watch))),
                async () => await Ours(Measure.Round) * RowsPerPledge);
            AnsiConsole.MarkupLineInterpolated($"which is {(await Ours(Measure.Round)).Speed:N0} pledges per second");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Func<Task> Call(GrpcChannel channel)
    {
        var client = new PledgeService.PledgeServiceClient(channel);
        return async () => await client.CreatePledgeAsync(new()
        {
            RequestId = Scenario.NewRequestId(),
            Campaign = Scenario.Campaign,
            Tier = Scenario.Campaign + "/tiers/one-time-10",
            Amount = Scenario.Usd(10),
            ConfirmationToken = "ctoken_benchmark",
            ReturnUrl = "https://paper.example/",
            Consents = { new Consent { Purpose = Consent.Types.Purpose.Terms, TextVersion = "terms-2026-11", Granted = true } },
        });
    }

    /// <summary>The same tables and row shapes, prepared commands, 200 rows a commit, nothing else.</summary>
    private static long WriteBareRows(string directory, Stopwatch watch)
    {
        var path = Path.Combine(directory, $"bare-{Stopwatch.GetTimestamp()}.db");
        Database.Open(path, "main", TimeProvider.System, NullLoggerFactory.Instance).DisposeAsync().AsTask().GetAwaiter().GetResult();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;");
        var writers = BareRows.Prepare(connection);
        var ids = new Ids(TimeProvider.System, new RandomSource());
        var rows = 0L;
        watch.Restart();
        while (watch.Elapsed < Measure.Round)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            for (var i = 0; i < Batch; i += RowsPerPledge)
                rows += writers.WritePledge(ids.New(), transaction);
            transaction.Commit();
        }

        return rows;
    }

    private static double SyncsPerSecond(string directory)
    {
        using var file = new FileStream(Path.Combine(directory, "sync"), FileMode.Create, FileAccess.Write, FileShare.None, 1);
        var (syncs, watch) = (0, Stopwatch.StartNew());
        for (; watch.Elapsed < TimeSpan.FromSeconds(1); syncs++)
        {
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
        }

        return syncs / watch.Elapsed.TotalSeconds;
    }
}
