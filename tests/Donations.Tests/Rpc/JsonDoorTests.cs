using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Donations.Testing;

namespace Donations.Tests.Rpc;

/// <summary>JSON has the limits of gRPC, and no error without its ErrorInfo.</summary>
public sealed class JsonDoorTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("{", "FIELD_INVALID")]
    [InlineData("{\"placement\":\"PLACEMENT_NOWHERE\"}", "FIELD_INVALID")]
    [InlineData("{\"placement\":{}}", "FIELD_INVALID")]
    [InlineData("{}", "FIELD_INVALID")]
    [InlineData("[]", "FIELD_INVALID")]
    public async Task A_body_that_cannot_be_read_is_a_typed_error(string body, string reason)
    {
        var (status, error) = await PostAsync("/v1/appeals:select", body);
        Assert.Equal((HttpStatusCode.BadRequest, reason), (status, Reason(error)));
        Assert.DoesNotContain("Exception", error!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_oversized_body_is_refused()
    {
        var (status, error) = await PostAsync("/v1/appeals:select", $"{{\"locale\":\"{new string('x', 70_000)}\"}}");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "MESSAGE_TOO_LARGE"), (status, Reason(error)));
    }

    [Fact]
    public async Task An_unknown_path_is_an_unknown_method()
    {
        var (status, error) = await PostAsync("/v1/nothing", "{}");
        Assert.Equal((HttpStatusCode.NotFound, "METHOD_UNKNOWN"), (status, Reason(error)));
    }

    private async Task<(HttpStatusCode Status, JsonNode? Error)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _server.Http.PostAsync(path, content);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync()));
    }

    private static string Reason(JsonNode? error) => (string)error!["details"]![0]!["reason"]!;
}
