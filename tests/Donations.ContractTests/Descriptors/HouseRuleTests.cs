using System.Reflection;
using System.Text.RegularExpressions;
using Donations.Server.Rpc;
using Google.Api;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Descriptors;

/// <summary>The rules of docs/api.md that a machine can hold, over every descriptor. Each finds nothing, and counts what it looked at.</summary>
public sealed partial class HouseRuleTests
{
    [Fact]
    public void Lists_page_in_the_one_shape()
    {
        var lists = Contract.Methods.Where(m => m.Name.StartsWith("List", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lists);
        Assert.Equal([], lists.Where(m =>
            m.InputType.FindFieldByName("page_size") is not { FieldType: FieldType.Int32, IsRepeated: false }
            || m.InputType.FindFieldByName("page_token") is not { FieldType: FieldType.String, IsRepeated: false }
            || m.OutputType.FindFieldByName("next_page_token") is not { FieldType: FieldType.String, IsRepeated: false }
            || m.OutputType.Fields.InDeclarationOrder().Count(f => f is { IsRepeated: true, FieldType: FieldType.Message }) != 1
            || m.IsServerStreaming).Select(m => m.FullName));
    }

    [Fact]
    public void Every_field_that_a_client_sends_says_how_it_behaves() => Assert.Equal([], Contract.RequestMessages
        .SelectMany(m => m.Fields.InDeclarationOrder())
        .Where(f => !f.Behaviors().Any(b => b is FieldBehavior.Required or FieldBehavior.Optional or FieldBehavior.OutputOnly or FieldBehavior.Identifier))
        .Select(f => f.FullName));

    [Fact]
    public void Every_enum_starts_with_an_unspecified_zero_and_prefixes_its_values() => Assert.Equal([], Contract.Enums
        .Where(e => e.FindValueByNumber(0)?.Name != ShoutingCase().Replace(e.Name, "_$1").ToUpperInvariant() + "_UNSPECIFIED"
            || e.Values.Any(v => !v.Name.StartsWith(ShoutingCase().Replace(e.Name, "_$1").ToUpperInvariant() + "_", StringComparison.Ordinal)))
        .Select(e => e.FullName));

    [Fact]
    public void Money_is_google_type_Money_and_nothing_is_a_float_or_unsigned()
    {
        FieldType[] banned = [FieldType.Float, FieldType.Double, FieldType.UInt32, FieldType.UInt64, FieldType.Fixed32, FieldType.Fixed64];
        var fields = Contract.Messages.SelectMany(m => m.Fields.InDeclarationOrder()).ToList();
        Assert.Equal([], fields.Where(f => banned.Contains(f.FieldType)).Select(f => f.FullName));
        Assert.Equal([], fields.Where(f => MoneyName().IsMatch(f.Name) && IsNumberOrText(f)).Select(f => f.FullName));
    }

    private static bool IsNumberOrText(FieldDescriptor field) => field.FieldType is not (FieldType.Message or FieldType.Bool or FieldType.Enum);

    [Fact]
    public void Times_are_timestamps_with_an_imperative_name_and_dates_are_dates()
    {
        var fields = Contract.Messages.SelectMany(m => m.Fields.InDeclarationOrder()).ToList();
        Assert.Equal([], fields.Where(f => f.Name.EndsWith("_time", StringComparison.Ordinal) != f.IsMessage("google.protobuf.Timestamp")).Select(f => f.FullName));
        Assert.Equal([], fields.Where(f => f.Name.EndsWith("_date", StringComparison.Ordinal) != f.IsMessage("google.type.Date")).Select(f => f.FullName));
        Assert.Equal([], fields.Where(f => f.Name.EndsWith("_at", StringComparison.Ordinal) || f.Name.EndsWith("_on", StringComparison.Ordinal)).Select(f => f.FullName));
    }

    [Fact]
    public void Every_rpc_says_how_idempotent_it_is_and_has_an_http_rule()
    {
        Assert.Equal([], Contract.Methods.Where(m => DescriptorText.Idempotency(m) == "IdempotencyUnknown").Select(m => m.FullName));
        Assert.Equal([], Contract.Methods.Where(m => DescriptorText.Http(m) == "none").Select(m => m.FullName));
        // A GET has no body, and never changes anything.
        Assert.Equal([], Contract.Methods.Where(m => DescriptorText.Http(m).StartsWith("GET", StringComparison.Ordinal) && DescriptorText.Idempotency(m) != "NoSideEffects").Select(m => m.FullName));
    }

    [Fact]
    public void Money_that_starts_to_move_needs_a_request_id() => Assert.Equal([], Contract.Methods
        .Where(m => m.Name is "CreatePledge" or "ConfirmPledge" or "ChangePledgeAmount" or "RefundPayment")
        .Where(m => m.InputType.FindFieldByName("request_id")?.Is(FieldBehavior.Required) != true)
        .Select(m => m.FullName));

    [Fact]
    public void Resources_have_a_type_a_pattern_and_a_name_that_identifies()
    {
        var resources = Contract.Messages.Where(m => m.Resource() is not null || m.FindFieldByName("name") is { } name && name.Is(FieldBehavior.Identifier)).ToList();
        Assert.NotEmpty(resources);
        Assert.Equal([], resources.Where(m => m.Resource() is not { Pattern.Count: > 0, Type: var type } || type != "donations.example.org/" + m.Name
            || m.FindFieldByName("name") is not { FieldType: FieldType.String, FieldNumber: 1 } name || !name.Is(FieldBehavior.Identifier)).Select(m => m.FullName));
        // What Get, Create and Update answer is the resource itself.
        Assert.Equal([], Contract.Methods.Where(m => StandardMethod().Match(m.Name) is { Success: true } match && Contract.Messages.Any(r => r.Name == match.Groups[1].Value && r.Resource() is not null) && m.OutputType.Name != match.Groups[1].Value && m.Name != "CreatePledge").Select(m => m.FullName));
        var known = resources.Select(m => m.Resource()!.Type).ToHashSet();
        Assert.Equal([], Contract.Messages.SelectMany(m => m.Fields.InDeclarationOrder())
            .Where(f => f.GetOptions()?.GetExtension(ResourceExtensions.ResourceReference) is { } r && !known.Contains(r.Type.Length > 0 ? r.Type : r.ChildType)).Select(f => f.FullName));
    }

    [Fact]
    public void Every_rpc_is_served_under_a_declared_policy()
    {
        Assert.Equal([], AccessTable.Verify());
        Assert.Equal(Contract.Methods.Select(m => m.Path()).Order(StringComparer.Ordinal), AccessTable.Policies.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_rpc_without_an_implementation_or_without_a_policy_is_seen()
    {
        var service = Contract.Method("donations.v1.AppealService.SelectAppeal").Service;
        Assert.Equal(
            ["donations.v1.AppealService.SelectAppeal has no [Access] policy", "donations.v1.AppealService.GetPaymentOptions is not served", "donations.v1.AppealService.RecordAppealEvents is not served"],
            AccessTable.Build([(service, typeof(HalfServed))]).Problems);
        Assert.Equal(3, AccessTable.Build([(service, null)]).Problems.Count);
    }

    private sealed class HalfServed : V1.AppealService.AppealServiceBase
    {
        public override Task<V1.SelectAppealResponse> SelectAppeal(V1.SelectAppealRequest request, Grpc.Core.ServerCallContext context) => Task.FromResult(new V1.SelectAppealResponse());
    }

    /// <summary>The same question asked of the classes directly: the base class of an rpc that nobody overrides answers UNIMPLEMENTED.</summary>
    [Fact]
    public void Every_rpc_is_overridden_by_the_class_that_serves_it()
    {
        Assert.Equal([], Contract.Methods.Where(m => !IsOverridden(m, AccessTable.Services.Single(s => s.Service == m.Service).Implementation!)).Select(m => m.FullName));
        Assert.False(IsOverridden(Contract.Methods[0], typeof(V1.AppealService.AppealServiceBase)), "a base class must not count as an implementation");
    }

    private static bool IsOverridden(MethodDescriptor method, Type implementation) =>
        implementation.GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance) is { } served && served.GetBaseDefinition() != served && served.DeclaringType == implementation;

    [GeneratedRegex("(?<!^)([A-Z])")]
    private static partial Regex ShoutingCase();

    [GeneratedRegex("amount|price|(^|_)(gross|fee|net|refunded|debit|credit|balance)s?$")]
    private static partial Regex MoneyName();

    [GeneratedRegex("^(?:Get|Create|Update)(.+)$")]
    private static partial Regex StandardMethod();
}
