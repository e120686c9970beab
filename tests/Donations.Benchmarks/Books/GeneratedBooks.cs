using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Donations.Benchmarks.Books;

/// <summary>
/// Database files of so many payments, made once and kept in a cache directory. They hold what the service would have written: payments,
/// refunds, pledges, entries with lines and hashes, and blocks over them.
/// </summary>
internal sealed class GeneratedBooks(string cacheDirectory)
{
    private const int Batch = 5000;

    /// <summary>Each commit writes every page that was touched since the last one, most of them for another time.</summary>
    private const int BatchesPerCommit = 100;

    /// <summary>Gets its rows in no order: made when all are there. The other indexes grow at their ends.</summary>
    private const string LateIndex = "payments_by_pledge";

    private static readonly LedgerOptions Options = new();
    private static readonly ChartOfAccounts Chart = new(Options);
    private static readonly BookCalendar Calendar = new(Options);

    /// <summary>For those who make page tokens over the books.</summary>
    public string KeyFile => Path.Combine(cacheDirectory, "service.key");

    /// <summary>The file of so many payments, opened as the service opens it.</summary>
    public async Task<Database> OpenAsync(int payments)
    {
        var directory = DirectoryOf(payments);
        var path = Path.Combine(directory.Path, "donations.db");
        if (!File.Exists(path))
        {
            DataDirectory.Create(directory.Path);
            var partial = path + ".partial";
            foreach (var old in (string[])[partial, partial + "-wal", partial + "-shm"])
                File.Delete(old);
            await MakeAsync(partial, payments);
            File.Move(partial, path);
        }

        var database = OpenFile(path);
        await CompleteAsync(database, directory);
        return database;
    }

    /// <summary>Makes the file and holds every entry against its hash, every block against the one before, debits against credits.</summary>
    public async Task VerifyAsync(int payments)
    {
        await using var database = await OpenAsync(payments);
        var chain = new LedgerChain(database, new(Options, DirectoryOf(payments)), TimeProvider.System);
        var (next, entries, watch) = ((long?)1, 0L, Stopwatch.StartNew());
        while (next is { } block)
        {
            var found = chain.Verify(block, 50, CancellationToken.None);
            (next, entries) = (found.NextBlockId, entries + found.Entries);
            if (found.Failure is { } failure)
                throw new InvalidOperationException(failure);
        }

        var unbalanced = database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM (SELECT 1 FROM journal_lines GROUP BY currency HAVING sum(debit_minor) <> sum(credit_minor))"));
        if (unbalanced > 0)
            throw new InvalidOperationException($"Debits and credits differ in {unbalanced} currencies");
        AnsiConsole.MarkupLineInterpolated($"{entries:N0} entries are good, and balance ({watch.Elapsed.TotalSeconds:N0} s)");
    }

    /// <summary>What is derived from the journal, and missing from a file that is new or older than it. Roll-ups: call their rebuild here.</summary>
    private static async Task CompleteAsync(Database database, DataDirectory directory)
    {
        var chain = new LedgerChain(database, new(Options, directory), TimeProvider.System);
        while (await chain.SealAsync())
        {
        }
    }

    private static async Task MakeAsync(string path, int payments)
    {
        await OpenFile(path).DisposeAsync();
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        // Nobody else looks at the file before it is whole: a crash costs the file, and no more.
        connection.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -2000000;");
        var lateIndex = connection.ExecuteScalar<string>("SELECT sql FROM sqlite_master WHERE name = @LateIndex", new { LateIndex })!;
        connection.Execute("DROP INDEX " + LateIndex);
        var batches = Channel.CreateBounded<List<(Happening Fact, Booked? Booked)>>(8);
        var watch = Stopwatch.StartNew();
        var making = Task.Run(() => ProduceAsync(payments, batches.Writer));
        var made = 0;
        await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).StartAsync(async progress =>
        {
            var task = progress.AddTask($"{payments:N0} payments", maxValue: payments);
            using var writer = new BulkWriter(connection);
            var (transaction, taken) = (connection.BeginTransaction(), 0);
            await foreach (var batch in batches.Reader.ReadAllAsync())
            {
                if (++taken % BatchesPerCommit == 0)
                {
                    transaction.Commit();
                    transaction = connection.BeginTransaction();
                }

                foreach (var (fact, booked) in batch)
                    Write(writer, fact, booked);
                made += batch.Count(b => b.Fact.Payment is { Succeeded: true });
                task.Value = made;
            }

            transaction.Commit();
        });
        await making;
        connection.Execute(lateIndex);
        AnsiConsole.MarkupLineInterpolated($"{made:N0} payments made in {watch.Elapsed.TotalSeconds:N0} s ({made / watch.Elapsed.TotalMinutes:N0} a minute), {new FileInfo(path).Length / 1e6:N0} MB");
    }

    /// <summary>Facts and their hashes are made on one core while the other writes.</summary>
    private static async Task ProduceAsync(int payments, ChannelWriter<List<(Happening, Booked?)>> batches)
    {
        try
        {
            var (batch, entryId) = (new List<(Happening, Booked?)>(Batch), 0L);
            foreach (var fact in new GivingHistory(payments).Play())
            {
                batch.Add((fact, fact.Draft is null ? null : Book(++entryId, fact.Draft)));
                if (batch.Count < Batch)
                    continue;
                await batches.WriteAsync(batch);
                batch = new(Batch);
            }

            await batches.WriteAsync(batch);
            batches.Complete();
        }
        catch (Exception e)
        {
            batches.Complete(e);
        }
    }

    /// <summary>The rows of an entry as LedgerStore.Post writes them.</summary>
    private static Booked Book(long id, JournalDraft draft)
    {
        var day = Calendar.DayOf(draft.FactTimeMicros);
        var entry = new EntryRow(id, draft.SourceKind, draft.SourceId, draft.Transition, day, draft.FactTimeMicros, draft.FactTimeMicros + UnixMicros.PerSecond, draft.Memo, draft.Livemode ? 1 : 0);
        List<LineRow> lines = [.. draft.Lines.Select((l, i) => new LineRow(
            id, i + 1, day, Chart.Code(l.Account), draft.Currency, Math.Max(l.SignedMinor, 0), Math.Max(-l.SignedMinor, 0),
            l.Original?.Minor, l.Original?.Currency, l.Original?.ExchangeRate, l.Dimensions.CampaignId, l.Dimensions.Fund, l.Dimensions.Placement, l.Dimensions.Method))];
        return new(entry, lines, EntryHash.Of(entry, lines));
    }

    private static void Write(BulkWriter writer, Happening fact, Booked? booked)
    {
        if (fact.Pledge is { } pledge)
            writer.Write(pledge);
        if (fact.Payment is { } payment)
            writer.Write(payment);
        if (fact.Refund is { } refund)
            writer.Write(refund);
        if (booked is not null)
            writer.Write(booked);
    }

    private DataDirectory DirectoryOf(int payments) => new(Path.Combine(cacheDirectory, payments.ToString(CultureInfo.InvariantCulture)));

    private static Database OpenFile(string path) => Database.Open(path, "main", TimeProvider.System, NullLoggerFactory.Instance);
}
