using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Donations.ContractTests.Descriptors;
using Donations.ContractTests.Errors;
using Donations.ContractTests.Wire;
using Donations.Testing;
using Donations.V1;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;

namespace Donations.ContractTests.Semantics;

/// <summary>The same contract through native gRPC, gRPC-Web and JSON; health; CORS; and a client that was built from the baseline.</summary>
public sealed class DoorTests(ContractWorld world) : IClassFixture<ContractWorld>
{
    [Fact]
    public async Task A_rich_error_is_the_same_through_native_grpc_and_grpc_web()
    {
        var request = new CreatePledgeRequest(await world.Scenario.RequestAsync()) { Campaign = "nonsense", Locale = "!" };
        foreach (var method in new[] { Contract.Method("donations.v1.PledgeService.CreatePledge"), Contract.Method("donations.v1.LedgerService.GetTrialBalance") })
        {
            var message = method.Name == "CreatePledge" ? request : method.InputType.New();
            var native = await world.Server.Channel.ErrorAsync(method, message);
            var web = await world.Server.WebChannel.ErrorAsync(method, message);
            ErrorShape.Check(native!, method.InputType, method.FullName);
            Assert.Equal(native!.GetRpcStatus(), web!.GetRpcStatus());
        }
    }

    [Fact]
    public async Task A_decline_is_rich_in_json()
    {
        var request = await world.Scenario.RequestAsync(paymentMethod: "pm_card_visa_chargeDeclined");
        using var content = new StringContent(Google.Protobuf.JsonFormatter.Default.Format(request), new MediaTypeHeaderValue("application/json"));
        using var response = await world.Server.Http.PostAsync(new Uri("/v1/pledges", UriKind.Relative), content);
        var error = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal((HttpStatusCode.BadRequest, (int)StatusCode.FailedPrecondition), (response.StatusCode, (int)error["code"]!));
        var details = error["details"]!.AsArray();
        Assert.Equal(["type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/google.rpc.LocalizedMessage"], details.Select(d => (string?)d!["@type"]));
        Assert.Equal(("CARD_DECLINED", "donations"), ((string?)details[0]!["reason"], (string?)details[0]!["domain"]));
    }

    /// <summary>What gRPC refuses by itself has its ErrorInfo through gRPC-Web too.</summary>
    [Fact]
    public async Task Errors_of_the_framework_are_rich_through_grpc_web()
    {
        var unknown = await Assert.ThrowsAsync<RpcException>(() => world.Server.WebChannel.CallAsync("donations.v1.NoService", "GetFuture", []));
        Assert.Equal((StatusCode.Unimplemented, "METHOD_UNKNOWN"), (unknown.StatusCode, unknown.Reason()));
        var large = await world.Server.WebChannel.ErrorAsync(Contract.Method("donations.v1.CampaignService.GetCampaign"), new GetCampaignRequest { Name = new('x', 70_000) });
        Assert.Equal((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"), (large!.StatusCode, large!.Reason()));
    }

    /// <summary>However much is wrong, the answer fits into the headers that clients take (8 KiB with many).</summary>
    [Fact]
    public async Task An_error_fits_into_a_clients_headers()
    {
        var request = new UpdateCampaignRequest { Campaign = new() { Name = Scenario.Campaign }, UpdateMask = new() { Paths = { Enumerable.Range(0, 300).Select(i => new string('x', 150) + i) } } };
        var error = await world.Server.Channel.ErrorAsync(Contract.Method("donations.v1.CampaignService.UpdateCampaign"), request, world.As("editor"));
        Assert.Equal("FIELD_INVALID", error!.Reason());
        Assert.InRange(error!.Detail<BadRequest>().FieldViolations.Count, 1, 20);
        Assert.InRange(error!.Trailers.Sum(t => t.IsBinary ? t.ValueBytes.Length * 4 / 3 : t.Value.Length), 1, 8 * 1024);
    }

    [Fact]
    public async Task Every_service_says_that_it_serves()
    {
        var health = new Health.HealthClient(world.Server.Channel);
        foreach (var service in Contract.Methods.Select(m => m.Service.FullName).Distinct().Append(""))
            Assert.Equal((service, HealthCheckResponse.Types.ServingStatus.Serving), (service, (await health.CheckAsync(new() { Service = service })).Status));
        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new() { Service = "donations.v1.NoService" }));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_browser_may_ask_and_may_read_the_status()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/donations.v1.AppealService/SelectAppeal");
        preflight.Headers.Add("Origin", "https://paper.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,x-grpc-web,x-user-agent,grpc-timeout,authorization");
        using var allowed = await world.Server.Http.SendAsync(preflight);
        Assert.Equal("https://paper.example", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        var headers = string.Join(',', allowed.Headers.GetValues("Access-Control-Allow-Headers"));
        Assert.All(["x-grpc-web", "grpc-timeout", "authorization"], name => Assert.Contains(name, headers, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("POST", string.Join(',', allowed.Headers.GetValues("Access-Control-Allow-Methods")), StringComparison.Ordinal);

        using var call = new HttpRequestMessage(HttpMethod.Get, "/v1/campaigns/nowhere");
        call.Headers.Add("Origin", "https://paper.example");
        using var answer = await world.Server.Http.SendAsync(call);
        var exposed = string.Join(',', answer.Headers.GetValues("Access-Control-Expose-Headers"));
        Assert.All(["Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin"], name => Assert.Contains(name, exposed, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Requests built and answers read by the baseline's descriptors alone: an old client against this server.</summary>
    [Fact]
    public async Task A_client_of_the_baseline_gives_and_reads_its_payment()
    {
        var selected = await BaselineAsync("AppealService", "SelectAppeal", new() { ["placement"] = "PLACEMENT_BANNER", ["locale"] = "en", ["currency"] = "USD" });
        var appeal = selected["appeal"]!.AsObject();
        var tier = appeal["tiers"]!.AsArray().Single(t => ((string)t!["tier"]!).EndsWith("/monthly-5", StringComparison.Ordinal))!;
        var made = await BaselineAsync("PledgeService", "CreatePledge", new()
        {
            ["request_id"] = Scenario.NewRequestId(),
            ["campaign"] = appeal["campaign"]!.DeepClone(),
            ["tier"] = tier["tier"]!.DeepClone(),
            ["amount"] = tier["price"]!.DeepClone(),
            ["confirmation_token"] = await world.Scenario.TokenAsync("pm_card_amex"),
            ["return_url"] = "https://paper.example/thanks",
            ["consents"] = new JsonArray(new JsonObject { ["purpose"] = "PURPOSE_TERMS", ["text_version"] = "terms-2026-11", ["granted"] = true }),
        });
        Assert.Equal(("STATE_ACTIVE", 5L), ((string?)made["pledge"]!["state"], (long)made["pledge"]!["amount"]!["units"]!));
        var listed = await BaselineAsync("PaymentService", "ListPayments", new() { ["pledge"] = made["pledge"]!["name"]!.DeepClone() }, (string)made["access_token"]!);
        Assert.Equal("STATE_SUCCEEDED", (string?)Assert.Single(listed["payments"]!.AsArray())!["state"]);
    }

    private async Task<JsonObject> BaselineAsync(string service, string method, JsonObject request, string? token = null)
    {
        var bytes = BaselineCodec.Encode(Baseline.Message($"donations.v1.{method}Request"), request);
        var answer = await world.Server.Channel.CallAsync("donations.v1." + service, method, bytes, token is null ? default : TestServer.Bearer(token));
        return BaselineCodec.Decode(Baseline.Message($"donations.v1.{method}Response"), answer);
    }
}
