using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Donations.SimulationTests;

/// <summary>The shipped binary in a process of its own, so that it can be killed as a power cut or the OOM killer would.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private ServerProcess(Process process, GrpcChannel channel) => (_process, Channel) = (process, channel);

    public GrpcChannel Channel { get; }

    /// <summary>Starts it on a data directory, against a simulator that lives elsewhere; ready when it answers.</summary>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, Uri simulator, int httpPort, int grpcPort)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Donations.Server.dll")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory };
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{httpPort}",
            ["Kestrel__Endpoints__Http__Protocols"] = "Http1",
            ["Kestrel__Endpoints__Grpc__Url"] = $"http://127.0.0.1:{grpcPort}",
            ["Kestrel__Endpoints__Grpc__Protocols"] = "Http2",
            ["Storage__Directory"] = dataDirectory,
            ["Stripe__Mode"] = "Simulator",
            ["Stripe__ApiBase"] = simulator.ToString().TrimEnd('/'),
            ["Logging__LogLevel__Default"] = "Error",
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        // Both pipes must be read, or the server blocks once they are full.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(process, GrpcChannel.ForAddress($"http://127.0.0.1:{grpcPort}"));
        using var limit = new CancellationTokenSource(StartLimit);
        while (true)
        {
            try
            {
                await new V1.AppealService.AppealServiceClient(server.Channel).GetPaymentOptionsAsync(new(), cancellationToken: limit.Token);
                return server;
            }
            catch (Grpc.Core.RpcException) when (!limit.IsCancellationRequested && !process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            }
        }
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is closed.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        Channel.Dispose();
        _process.Dispose();
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
