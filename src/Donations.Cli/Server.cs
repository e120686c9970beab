using System.CommandLine;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;

namespace Donations.Cli;

/// <summary>A server to ask, and how its errors read in a terminal.</summary>
internal static class Server
{
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
        var reason = e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;
        if (e.StatusCode == StatusCode.Unavailable && reason is null)
            return new($"No server at {address}. Start it with: dotnet run --project src/Donations.Server");
        return new($"{reason ?? e.StatusCode.ToString()}: {e.Status.Detail}", e.StatusCode == StatusCode.InvalidArgument ? CliException.Usage : CliException.Failed);
    }

    public static Metadata Bearer(string token) => new() { { "authorization", "Bearer " + token } };
}
