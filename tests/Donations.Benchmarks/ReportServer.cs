using System.Diagnostics;
using Donations.Benchmarks.Books;
using Donations.Server.Ledger;
using Donations.Server.Reports;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ReportService = Donations.V1.ReportService;

namespace Donations.Benchmarks;

/// <summary>
/// The Reports room alone on generated books: no workers that would verify, seal or settle them meanwhile, and no access to ask for.
/// </summary>
internal sealed class ReportServer : IAsyncDisposable
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private readonly WebApplication _app;
    private readonly Database _database;
    private readonly GrpcChannel _channel;
    private readonly ReportService.ReportServiceClient _reports;

    private ReportServer(WebApplication app, Database database)
    {
        (_app, _database) = (app, database);
        _channel = GrpcChannel.ForAddress(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(), new() { MaxReceiveMessageSize = null });
        _reports = new(_channel);
    }

    public static async Task<ReportServer> StartAsync(GeneratedBooks books, int payments)
    {
        var database = await books.OpenAsync(payments);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        var options = new LedgerOptions();
        builder.Services.AddSingleton(database).AddSingleton(TimeProvider.System).AddSingleton(options).AddSingleton(new ChartOfAccounts(options)).AddSingleton(new BookCalendar(options));
        builder.Services.AddSingleton(ServiceKeys.Load(books.KeyFile, mayCreate: true, new())).AddSingleton<RandomSource>().AddSingleton<PageTokens>();
        builder.Services.AddReports();
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapReports();
        await app.StartAsync();
        return new(app, database);
    }

    /// <summary>Calls one after another.</summary>
    public async Task<Rate> CallsPerMinuteAsync(ReportCase report)
    {
        var (calls, watch) = (0, Stopwatch.StartNew());
        for (; watch.Elapsed < Round; calls++)
            await report.Call(_reports);
        return calls / watch.Elapsed.TotalMinutes;
    }

    /// <summary>All rows of a SELECT, every value read and dropped, one time after another.</summary>
    public Rate BareReadsPerMinute(string select)
    {
        var (reads, watch) = (0, Stopwatch.StartNew());
        for (; watch.Elapsed < Round; reads++)
        {
            _database.Read(connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = select;
                using var reader = command.ExecuteReader();
                var values = new object[reader.FieldCount];
                while (reader.Read())
                    reader.GetValues(values);
                return 0;
            });
        }

        return reads / watch.Elapsed.TotalMinutes;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}
