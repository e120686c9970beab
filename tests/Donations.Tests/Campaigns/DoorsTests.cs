using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Donations.Testing;
using Donations.V1;

namespace Donations.Tests.Campaigns;

/// <summary>The same calls through the other doors: JSON and gRPC-Web.</summary>
public sealed class DoorsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Json_creates_reads_and_selects()
    {
        var body = JsonNode.Parse("""{"displayName": "By curl", "defaultLocale": "en", "priority": 3}""");
        using var create = new HttpRequestMessage(HttpMethod.Post, "/v1/campaigns?campaign_id=by-curl") { Content = JsonContent.Create(body) };
        create.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _server.Token("editor"));
        using var created = await _server.Http.SendAsync(create);
        var campaign = await created.Content.ReadFromJsonAsync<JsonNode>();
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        Assert.Equal(("campaigns/by-curl", "STATE_DRAFT"), ((string?)campaign!["name"], (string?)campaign["state"]));

        using var selected = await _server.Http.PostAsJsonAsync("/v1/appeals:select", new { placement = "PLACEMENT_BANNER", locale = "ru-RU", country = "DE" });
        var appeal = (await selected.Content.ReadFromJsonAsync<JsonNode>())!["appeal"]!;
        Assert.Equal(("ru", "EUR", "PLACEMENT_BANNER"), ((string?)appeal["locale"], (string?)appeal["currency"], (string?)appeal["placement"]));
        // 64-bit numbers are strings in JSON: a client's double would lose digits.
        Assert.Equal("2", (string?)appeal["tiers"]![0]!["price"]!["units"]);
    }

    [Fact]
    public async Task A_rich_error_is_rich_in_json_too()
    {
        using var response = await _server.Http.GetAsync(new Uri("/v1/campaigns/nowhere", UriKind.Relative));
        var error = await response.Content.ReadFromJsonAsync<JsonNode>();
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(5, (int)error!["code"]!);
        var info = Assert.Single(error["details"]!.AsArray())!;
        Assert.Equal(("type.googleapis.com/google.rpc.ErrorInfo", "RESOURCE_NOT_FOUND", "donations"), ((string?)info["@type"], (string?)info["reason"], (string?)info["domain"]));
        Assert.Equal("campaigns/nowhere", (string?)info["metadata"]!["resource"]);

        using var invalid = await _server.Http.PostAsJsonAsync("/v1/appeals:select", new { country = "de" });
        var violations = (await invalid.Content.ReadFromJsonAsync<JsonNode>())!["details"]!.AsArray()[1]!["fieldViolations"]!.AsArray();
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        Assert.Equal("placement", (string?)Assert.Single(violations)!["field"]);
    }

    [Fact]
    public async Task Grpc_web_answers_and_fails_as_grpc_does()
    {
        var campaigns = new CampaignService.CampaignServiceClient(_server.WebChannel);
        Assert.Equal("campaigns/press-in-exile", (await campaigns.GetCampaignAsync(new() { Name = "campaigns/press-in-exile" })).Name);
        Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => campaigns.GetCampaignAsync(new() { Name = "campaigns/nowhere" }))).Reason());
    }
}
