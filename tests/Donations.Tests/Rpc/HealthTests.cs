using Donations.Testing;
using Grpc.Health.V1;

namespace Donations.Tests.Rpc;

public sealed class HealthTests
{
    [Fact]
    public async Task Every_service_and_the_server_itself_are_serving_for_anybody()
    {
        await using var server = await TestServer.StartAsync();
        var health = new Health.HealthClient(server.Channel);
        foreach (var name in (string[])["", .. Server.Rpc.AccessTable.Services.Select(s => s.Service.FullName)])
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new() { Service = name })).Status);
    }
}
