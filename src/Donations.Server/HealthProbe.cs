using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Donations.Server;

/// <summary>Asks the server that runs beside it whether it serves, on the gRPC port of its own configuration.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>0 where it serves, 1 where it does not.</summary>
    public static async Task<int> RunAsync()
    {
        var configuration = WebApplication.CreateSlimBuilder().Configuration.AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().Build();
        var url = (configuration["Kestrel:Endpoints:Grpc:Url"] ?? "http://localhost:5081").Replace("+", "localhost", StringComparison.Ordinal).Replace("*", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        using var channel = GrpcChannel.ForAddress(url);
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(new(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Limit);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? 0 : 1;
        }
        catch (Grpc.Core.RpcException e)
        {
            await Console.Error.WriteLineAsync(e.Status.StatusCode.ToString());
            return 1;
        }
    }
}
