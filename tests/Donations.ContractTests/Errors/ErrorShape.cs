using System.Text.RegularExpressions;
using Donations.Server.Rpc;
using Donations.V1;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;

namespace Donations.ContractTests.Errors;

/// <summary>What every error looks like (AIP-193).</summary>
internal static partial class ErrorShape
{
    public static readonly IReadOnlyDictionary<string, ErrorReason> Reasons = Enum.GetValues<ErrorReason>().Where(r => r != ErrorReason.Unspecified).ToDictionary(RpcErrors.ReasonName);

    /// <summary>Codes as error_reason.proto names them, at the start of each value's comment.</summary>
    public static readonly IReadOnlyDictionary<string, StatusCode> Codes = ReasonComment()
        .Matches(File.ReadAllText(Repository.PathOf("protos/donations/v1/error_reason.proto")))
        .ToDictionary(m => m.Groups[2].Value, m => Enum.Parse<StatusCode>(m.Groups[1].Value.Replace("_", "", StringComparison.Ordinal), ignoreCase: true));

    /// <summary>One ErrorInfo of a known reason with its code, and field paths that the request has.</summary>
    public static void Check(RpcException error, MessageDescriptor? request, string what)
    {
        var status = error.GetRpcStatus();
        Assert.True(status is not null, $"{what}: {error.Status} carries no google.rpc.Status");
        var info = Assert.Single(status.Details, d => d.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>();
        Assert.Equal("donations", info.Domain);
        Assert.True(Reasons.ContainsKey(info.Reason), $"{what}: {info.Reason} is not in error_reason.proto");
        Assert.Equal((what, info.Reason, Codes[info.Reason]), (what, info.Reason, error.StatusCode));
        Assert.Equal((int)error.StatusCode, status.Code);
        Assert.NotEmpty(status.Message);
        foreach (var violation in status.GetDetail<BadRequest>()?.FieldViolations ?? [])
        {
            Assert.True(request is null || Exists(request, violation.Field), $"{what}: {request?.FullName} has no field {violation.Field}");
            Assert.NotEmpty(violation.Description);
        }
    }

    /// <summary>Whether a path such as `consents[2].purpose` leads to a field.</summary>
    public static bool Exists(MessageDescriptor request, string path)
    {
        MessageDescriptor? at = request;
        foreach (var part in path.Split('.'))
        {
            if (at is null || PathPart().Match(part) is not { Success: true } match || at.FindFieldByName(match.Groups[1].Value) is not { } field || (match.Groups[2].Success && !field.IsRepeated))
                return false;
            at = field.FieldType == FieldType.Message ? field.MessageType : null;
        }

        return true;
    }

    [GeneratedRegex(@"^([a-z][a-z0-9_]*)(\[\d+\])?$")]
    private static partial Regex PathPart();

    [GeneratedRegex(@"// ([A-Z_]+)\. (?:[^\n]*\n\s*//)*[^\n]*\n\s*ERROR_REASON_([A-Z_]+) = ")]
    private static partial Regex ReasonComment();
}
