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

/// <summary>P1: SelectAppeal beside a method that returns the same bytes from memory through the same marshaller, in a bare ASP.NET gRPC app.</summary>
internal static class SelectAppealBenchmark
{
    private const double Goal = 0.8;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly SelectAppealRequest Request = new() { Placement = Placement.Banner, Locale = "en", Country = "US" };

    public static async Task RunAsync(int rounds)
    {
        await using var server = await TestServer.StartAsync();
        server.BooksAreDamaged = true;
        var answer = await server.Appeals.SelectAppealAsync(Request);
        await using var bare = await StartBareAsync(answer);
        var limit = new Uri(bare.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        foreach (var (connections, streams) in ((int, int)[])[(8, 16), (64, 1)])
        {
            Task<double> Run(Uri address, TimeSpan time) => Measure.CallsPerSecondAsync(address, connections, streams, time, Call);
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
