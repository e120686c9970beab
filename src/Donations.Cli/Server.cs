using System.CommandLine;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;

namespace Donations.Cli;

/// <summary>A server to ask, and how its errors read in a terminal.</summary>
internal static class Server
{
    /// <summary>Reasons of the server's that mean: not yet, or not you.</summary>
    private static readonly string?[] Waits = ["PERIOD_NOT_READY", "SECOND_PERSON_NEEDED"];

    /// <summary>An option that takes the address of a server.</summary>
    public static Option<Uri> AddressOption(string name, string description, string byDefault) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => new(byDefault),
        CustomParser = argument =>
        {
            if (Uri.TryCreate(argument.Tokens.Single().Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            argument.AddError($"{name} must be an address such as {byDefault}");
            return null;
        },
    };

    /// <summary>Runs calls on a channel; what fails becomes one line that says what to do.</summary>
    public static async Task RunAsync(Uri address, Func<GrpcChannel, Task> work)
    {
        using var channel = GrpcChannel.ForAddress(address);
        try
        {
            await work(channel);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled)
        {
            throw new OperationCanceledException(e.Message, e);
        }
        catch (RpcException e)
        {
            throw Explain(e, address);
        }
    }

    /// <summary>A failed call in one line.</summary>
    public static CliException Explain(RpcException e, Uri address)
    {
        var reason = Reason(e);
        if (e.StatusCode == StatusCode.Unavailable && reason is null)
            return new($"No server at {address}. Start it with: dotnet run --project src/Donations.Server");
        return new(Tell(e), e.StatusCode == StatusCode.InvalidArgument ? CliException.Usage : Waits.Contains(reason) ? CliException.Waiting : CliException.Failed);
    }

    /// <summary>What the server said.</summary>
    public static string Tell(RpcException e) => $"{Reason(e) ?? e.StatusCode.ToString()}: {e.Status.Detail}";

    /// <summary>Whether a day is no day in the zone of the books.</summary>
    public static bool WantsOtherZone(RpcException e) =>
        e.StatusCode == StatusCode.InvalidArgument && e.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations.Any(v => v.Field == "time_zone" || v.Description.StartsWith("must be midnight in", StringComparison.Ordinal)) == true;

    private static string? Reason(RpcException e) => e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;

    public static Metadata Bearer(string token) => new() { { "authorization", "Bearer " + token } };
}
