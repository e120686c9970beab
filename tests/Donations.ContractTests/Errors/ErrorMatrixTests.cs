using Donations.ContractTests.Descriptors;
using Donations.ContractTests.Wire;
using Donations.Testing;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Donations.ContractTests.Errors;

/// <summary>Every rpc × every way to get its request wrong, made from the descriptors.</summary>
public sealed class ErrorMatrixTests(ContractWorld world) : IClassFixture<ContractWorld>
{
    public static TheoryData<string> Rpcs => [.. Contract.Methods.Select(m => m.FullName)];

    [Fact]
    public void Every_reason_says_its_code() => Assert.Equal(ErrorShape.Reasons.Keys.Order(StringComparer.Ordinal), ErrorShape.Codes.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task An_empty_request_is_told_every_field_that_is_required(string rpc)
    {
        var method = Contract.Method(rpc);
        var required = method.InputType.Fields.InDeclarationOrder().Where(f => f.Is(FieldBehavior.Required)).Select(f => f.Name).ToList();
        var error = await AdminAsync(method, method.InputType.New());
        if (required.Count > 0)
            Assert.Equal(("FIELD_INVALID", string.Join(' ', required)), (error!.Reason(), string.Join(' ', error!.Fields())));
        else if (error is not null)
            ErrorShape.Check(error, method.InputType, rpc);
    }

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task A_malformed_name_is_a_violation_of_its_field(string rpc)
    {
        var method = Contract.Method(rpc);
        foreach (var (path, set) in NameFields(method))
        {
            foreach (var name in (string[])["nonsense", "campaigns/", "donors/a/b", "../../etc/passwd", "campaigns/ü/tiers/ß", new('a', 5000)])
            {
                var request = world.Request(method);
                set(request, name);
                var error = await AdminAsync(method, request);
                Assert.True(error?.Reason() == "FIELD_INVALID" && error.Fields().Contains(path), $"{rpc}, {path} = {name[..Math.Min(40, name.Length)]}: {error?.Status.ToString() ?? "OK"}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task What_does_not_exist_is_not_found(string rpc)
    {
        var method = Contract.Method(rpc);
        if (method.InputType.FindFieldByName("name")?.GetOptions()?.GetExtension(ResourceExtensions.ResourceReference) is not { } reference)
            return;
        if (world.NameOf(reference.Type, exists: false) == ContractWorld.Singleton)
            return;
        var request = world.Request(method);
        method.InputType.FindFieldByName("name").Accessor.SetValue(request, world.NameOf(reference.Type, exists: false));
        var error = await AdminAsync(method, request);
        Assert.Equal((rpc, "RESOURCE_NOT_FOUND"), (rpc, error?.Reason()));
        Assert.Equal(error!.Detail<Google.Rpc.ErrorInfo>().Metadata["resource"].Split('/')[0], world.NameOf(reference.Type, exists: false).Split('/')[0]);
    }

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task Wrong_pages_are_refused(string rpc)
    {
        var method = Contract.Method(rpc);
        if (method.InputType.FindFieldByName("page_token") is not { } token)
            return;
        var request = world.Request(method);
        method.InputType.FindFieldByName("page_size").Accessor.SetValue(request, -1);
        var error = await AdminAsync(method, request);
        Assert.Equal(("FIELD_INVALID", "page_size"), (error?.Reason(), error?.Fields().Single()));

        request = world.Request(method);
        token.Accessor.SetValue(request, "Zm9yZ2VkIHRva2VuIHRoYXQgbG9va3MgcmlnaHQ");
        error = await AdminAsync(method, request);
        Assert.Equal(("PAGE_TOKEN_INVALID", "page_token"), (error?.Reason(), error?.Fields().Single()));
    }

    /// <summary>Each field of a valid request in turn gets what no client should send: INVALID_ARGUMENT at worst, never INTERNAL.</summary>
    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task No_value_of_a_field_is_a_defect(string rpc)
    {
        var method = Contract.Method(rpc);
        foreach (var (what, request) in Hostile.Variants(() => world.Request(method)))
        {
            var error = await AdminAsync(method, request);
            Assert.False(error?.StatusCode is StatusCode.Internal or StatusCode.Unknown, $"{rpc} with {what}: {error?.Status}");
        }
    }

    private async Task<RpcException?> AdminAsync(MethodDescriptor method, IMessage request)
    {
        var error = await world.Server.Channel.ErrorAsync(method, request, world.As("admin"));
        if (error is not null)
            ErrorShape.Check(error, method.InputType, method.FullName);
        return error;
    }

    /// <summary>Fields that hold resource names: references in the request, and the name inside the resource of an update.</summary>
    private static IEnumerable<(string Path, Action<IMessage, string> Set)> NameFields(MethodDescriptor method)
    {
        foreach (var field in method.InputType.Fields.InDeclarationOrder())
        {
            if (field.GetOptions()?.GetExtension(ResourceExtensions.ResourceReference) is not null)
                yield return (field.Name, field.Accessor.SetValue);
            else if (method.Name.StartsWith("Update", StringComparison.Ordinal) && field.FieldType == FieldType.Message && field.MessageType.Resource() is not null)
                yield return ($"{field.Name}.name", (request, name) => field.MessageType.FindFieldByName("name").Accessor.SetValue((IMessage)field.Accessor.GetValue(request), name));
        }
    }
}
