using System.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;

namespace Donations.Cli;

/// <summary>Which server to ask and as whom: the same options for every command that calls one.</summary>
/// <param name="role">Role of the development token that is taken where none is given.</param>
internal sealed class ServerOptions(string role)
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);
    private readonly Option<Uri> _server = Recursive(Server.AddressOption("--server", "gRPC address", "http://localhost:5081"));
    private readonly Option<string?> _token = Recursive(new Option<string?>("--token") { Description = $"Bearer token; else DONATIONS_TOKEN, else a development token with the role {role}" });
    private readonly Option<string?> _data = Recursive(TokenCommand.DataOption());

    /// <summary>Adds them to a command and those below it.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_token);
        command.Options.Add(_data);
    }

    /// <summary>Runs calls on a channel with the caller's token; what fails becomes one line that says what to do.</summary>
    public Task RunAsync(ParseResult parsed, Func<GrpcChannel, Metadata, Task> work)
    {
        var token = parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable("DONATIONS_TOKEN")
            ?? TokenCommand.Mint(TokenCommand.Find(parsed.GetValue(_data)), [role], "donations-cli", TokenLifetime);
        return Server.RunAsync(parsed.GetValue(_server)!, channel => work(channel, Server.Bearer(token)));
    }

    /// <summary>The same, with what the program ends with.</summary>
    public async Task<int> RunAsync(ParseResult parsed, Func<GrpcChannel, Metadata, Task<int>> work)
    {
        var code = 0;
        await RunAsync(parsed, async (channel, headers) => { code = await work(channel, headers); });
        return code;
    }

    private static Option<T> Recursive<T>(Option<T> option)
    {
        option.Recursive = true;
        return option;
    }
}
