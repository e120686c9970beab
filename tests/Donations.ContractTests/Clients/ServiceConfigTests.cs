using System.Text.Json.Nodes;
using System.Xml;
using Donations.ContractTests.Descriptors;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;

namespace Donations.ContractTests.Clients;

/// <summary>protos/donations_grpc_service_config.json, which ships to clients: a timeout for each rpc, and retries for reads alone.</summary>
public sealed class ServiceConfigTests
{
    private static readonly JsonArray Configs = JsonNode.Parse(File.ReadAllText(Repository.PathOf("protos/donations_grpc_service_config.json")))!["methodConfig"]!.AsArray();

    [Fact]
    public void Every_rpc_is_named_once_and_nothing_else_is()
    {
        var named = Configs.SelectMany(c => c!["name"]!.AsArray()).Select(n => $"{n!["service"]}.{n["method"]}").Order(StringComparer.Ordinal);
        Assert.Equal(Contract.Methods.Select(m => m.FullName), named);
        Assert.All(Configs, c => Assert.InRange(Timeout(c!), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(30)));
    }

    [Fact]
    public void Reads_alone_are_retried_and_only_when_unavailable()
    {
        foreach (var config in Configs)
        {
            var methods = config!["name"]!.AsArray().Select(n => Contract.Method($"{n!["service"]}.{n["method"]}")).ToList();
            var retry = config["retryPolicy"];
            Assert.All(methods, m => Assert.Equal(DescriptorText.Idempotency(m) == "NoSideEffects", retry is not null));
            if (retry is not null)
                Assert.Equal(["UNAVAILABLE"], retry["retryableStatusCodes"]!.AsArray().Select(c => (string?)c));
        }
    }

    [Fact]
    public void Grpc_net_takes_it_as_its_service_config()
    {
        var config = new ServiceConfig();
        foreach (var node in Configs)
            config.MethodConfigs.Add(ToMethodConfig(node!));
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new() { ServiceConfig = config });
        Assert.NotNull(channel.CreateCallInvoker());
        Assert.Equal(Configs.Count, config.MethodConfigs.Count);
    }

    private static MethodConfig ToMethodConfig(JsonNode node)
    {
        var config = new MethodConfig();
        foreach (var name in node["name"]!.AsArray())
            config.Names.Add(new MethodName { Service = (string?)name!["service"], Method = (string?)name["method"] });
        if (node["retryPolicy"] is not { } retry)
            return config;
        config.RetryPolicy = new()
        {
            MaxAttempts = (int)retry["maxAttempts"]!,
            InitialBackoff = Duration(retry["initialBackoff"]!),
            MaxBackoff = Duration(retry["maxBackoff"]!),
            BackoffMultiplier = (double)retry["backoffMultiplier"]!,
        };
        foreach (var code in retry["retryableStatusCodes"]!.AsArray())
            config.RetryPolicy.RetryableStatusCodes.Add(Enum.Parse<StatusCode>((string)code!, ignoreCase: true));
        return config;
    }

    private static TimeSpan Timeout(JsonNode config) => Duration(config["timeout"]!);

    /// <summary>protobuf's JSON durations, such as `0.1s`.</summary>
    private static TimeSpan Duration(JsonNode node) => XmlConvert.ToTimeSpan("PT" + ((string)node!).ToUpperInvariant());
}
