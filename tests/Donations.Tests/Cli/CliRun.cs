using System.CommandLine;
using Donations.Cli;
using Donations.Testing;

namespace Donations.Tests.Cli;

/// <summary>Runs a command of `donations` as Program does, and keeps what it said.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>Lines of standard output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static async Task<CliRun> OfAsync(Command command, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        try
        {
            var code = await Root.InvokeAsync(command, arguments, new() { EnableDefaultExceptionHandler = false, Output = output, Error = error }, TestContext.Current.CancellationToken);
            return new(code, output.ToString(), error.ToString());
        }
        catch (CliException e)
        {
            return new(e.ExitCode, output.ToString(), error + e.Message);
        }
    }

    /// <summary>Against a scenario's server, with a token of a role.</summary>
    public static Task<CliRun> OfAsync(Scenario scenario, string role, Command command, params string[] arguments) => OfAsync(scenario.Server, role, command, arguments);

    /// <summary>Against a server, with a token of a role.</summary>
    public static Task<CliRun> OfAsync(TestServer server, string role, Command command, params string[] arguments) =>
        OfAsync(command, [.. arguments, "--server", server.GrpcAddress.ToString(), "--token", server.Token(role)]);
}
