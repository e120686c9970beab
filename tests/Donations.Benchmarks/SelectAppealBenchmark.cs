using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Donations.Benchmarks;

/// <summary>
/// P1: SelectAppeal beside a method that takes the same request and returns the same bytes from memory through the same marshaller, in a bare
/// ASP.NET gRPC app. With 200 live campaigns of 8 variants in 6 locales, all filters set, and a reader whom the first 100 or so do not fit.
/// </summary>
internal static class SelectAppealBenchmark
{
    private const double Goal = 0.8;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly SelectAppealRequest Request = new()
    {
        Placement = Placement.Banner,
        Locale = "fr-CA",
        Country = "US",
        VisitorNumber = 123_456,
        ArticleCount = 12,
        Section = "section-7",
        Tags = { "tag-1", "tag-2", "tag-3", "unknown" },
        Device = Device.Mobile,
        LastContributionDate = new() { Year = 2025, Month = 1 },
        CampaignLogs = { Enumerable.Range(0, 5).Select(i => new CampaignLog { Campaign = $"campaigns/live-{(i * 20) + 7:000}", ViewDaysAgo = { 1, 1, 2, 3, 5 }, DismissedDaysAgo = 3 }) },
    };

    public static async Task RunAsync(int rounds)
    {
        await using var server = await TestServer.StartAsync();
        server.BooksAreDamaged = true;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var building = System.Diagnostics.Stopwatch.StartNew();
        await ManyCampaigns.MakeAsync(server);
        var answer = await server.Appeals.SelectAppealAsync(Request);
        Console.WriteLine($"{ManyCampaigns.Count} campaigns made through the API in {building.Elapsed.TotalSeconds:0.0} s; the reader sees {answer.Appeal.Appeal}, {answer.CalculateSize()} bytes");
        await ManyCampaigns.TellAsync(server, before);
        await using var bare = await StartBareAsync(answer);
        var limit = new Uri(bare.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        foreach (var (connections, streams) in ((int, int)[])[(8, 16), (64, 1)])
        {
            Task<Rate> Run(Uri address, TimeSpan time) => Measure.CallsPerSecondAsync(address, connections, streams, time, Call);
            await Run(limit, WarmUp);
            await Run(server.GrpcAddress, WarmUp);
            await Measure.CompareAsync($"P1 SelectAppeal, {connections} connections × {streams}", "calls/s", Goal, rounds, () => Run(limit, Measure.Round), () => Run(server.GrpcAddress, Measure.Round));
        }
    }

    private static Func<Task> Call(GrpcChannel channel)
    {
        var client = new AppealService.AppealServiceClient(channel);
        return async () => await client.SelectAppealAsync(Request);
    }

    private static async Task<WebApplication> StartBareAsync(SelectAppealResponse answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new BareAppealService(answer));
        var app = builder.Build();
        app.MapGrpcService<BareAppealService>();
        await app.StartAsync();
        return app;
    }

    private sealed class BareAppealService(SelectAppealResponse answer) : AppealService.AppealServiceBase
    {
        private readonly Task<SelectAppealResponse> _answer = Task.FromResult(answer);

        public override Task<SelectAppealResponse> SelectAppeal(SelectAppealRequest request, ServerCallContext context) => _answer;
    }
}
