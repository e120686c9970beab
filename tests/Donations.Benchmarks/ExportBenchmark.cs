using System.Diagnostics;
using Donations.Benchmarks.Books;
using Donations.Server.Ledger;
using Donations.Server.Reports;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using Spectre.Console;

namespace Donations.Benchmarks;

/// <summary>P6: contribution detail as CSV into nothing, beside a bare SELECT of the same columns that are read and dropped. Memory must stay flat.</summary>
internal static class ExportBenchmark
{
    private const double Goal = 0.5;

    /// <summary>The columns of the export; those from 8 on may be null.</summary>
    private const string Select =
        """
        SELECT payment_id, pay_time_us, campaign_id, fund, interval, kind, currency, amount_minor, refunded_minor,
          settlement_currency, settlement_gross_minor, settlement_fee_minor, settlement_net_minor, exchange_rate, stripe_charge_id, stripe_balance_transaction_id
        FROM payments WHERE pay_time_us >= @from AND pay_time_us < @to AND state = 1 ORDER BY pay_time_us, payment_id
        """;

    public static async Task RunAsync(GeneratedBooks books, int payments, int rounds)
    {
        await using var database = await books.OpenAsync(payments);
        var options = new LedgerOptions();
        var (chart, calendar) = (new ChartOfAccounts(options), new BookCalendar(options));
        var (tables, exporter) = (new ReportTables(new(chart), new(chart, TimeProvider.System), new(new(chart), chart, TimeProvider.System), new(calendar, TimeProvider.System), chart, calendar, TimeProvider.System), new ReportExporter(database));
        foreach (var format in (ExportReportRequest.Types.Format[])[ExportReportRequest.Types.Format.Csv, ExportReportRequest.Types.Format.Xlsx])
        {
            var memory = new MemoryPeaks();
            await Measure.CompareAsync($"P6 export of {payments:N0} payments as {format}", "rows/s", format == ExportReportRequest.Types.Format.Csv ? Goal : 0, rounds, () => Task.Run<Rate>(() => payments / Seconds(() => Bare(database, payments))), async () =>
            {
                memory.Start();
                var (watch, bytes) = (Stopwatch.StartNew(), 0L);
                await exporter.WriteAsync(tables.Of(ExportReportRequest.Types.Report.ContributionDetail, new(0, GivingHistory.EndUs, 0, 0, null, null, null, Periods.All, new HashSet<ExportReportRequest.Types.Dimension>(), 0, default)), format, TimeZoneInfo.Utc, piece =>
                {
                    bytes += piece.Length;
                    return Task.CompletedTask;
                }, CancellationToken.None);
                memory.Stop(bytes);
                return payments / watch.Elapsed.TotalSeconds;
            });
            AnsiConsole.MarkupLineInterpolated($"  {memory}");
        }
    }

    private static void Bare(Database database, int expected)
    {
        var rows = database.Read(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = Select;
            command.Parameters.AddWithValue("@from", 0L);
            command.Parameters.AddWithValue("@to", GivingHistory.EndUs);
            using var reader = command.ExecuteReader();
            var count = 0;
            for (; reader.Read(); count++)
                Drop(reader);
            return count;
        });
        if (rows != expected)
            throw new InvalidOperationException($"{rows} rows instead of {expected}");
    }

    private static void Drop(SqliteDataReader reader)
    {
        for (var i = 0; i < 16; i++)
        {
            if (i > 8 && reader.IsDBNull(i))
                continue;
            if (i is 1 or 4 or 5 or 7 or 8 or 10 or 11 or 12)
                reader.GetInt64(i);
            else
                reader.GetString(i);
        }
    }

    private static double Seconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }
}
