using System.Diagnostics;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.ContractTests.Clients;

/// <summary>Other people's libraries in another language (tests/clients) against a running server.</summary>
public sealed class ClientTests : IClassFixture<ClientTests.RunningServer>
{
    /// <summary>2^53 + 1, the first whole number that a double cannot hold.</summary>
    private const long BigAmount = 9_007_199_254_740_993;
    private static readonly string Directory = Repository.PathOf("tests/clients");
    private readonly TestServer _server;

    public ClientTests(RunningServer running) => _server = running.Server;

    [Theory]
    [InlineData("grpc-js")]
    [InlineData("connect")]
    public async Task Node_clients_give_and_understand(string client)
    {
        if (!System.IO.Directory.Exists(Path.Combine(Directory, "node_modules")))
            Assert.Skip("tests/clients/node_modules is missing: run `npm ci` in tests/clients");
        await RunAsync("bash", [Repository.PathOf("scripts/googleapis")]);
        if (client == "connect")
            await RunAsync("npm", ["run", "generate"]);
        await RunAsync("node", ["--test", "--test-reporter", "spec", $"test/{client}.test.js"]);
    }

    private async Task RunAsync(string command, string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { WorkingDirectory = Directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DONATIONS_GRPC"] = _server.GrpcAddress.ToString();
        start.Environment["DONATIONS_HTTP"] = _server.HttpAddress.ToString();
        foreach (var role in (string[])["editor", "support", "finance"])
            start.Environment[$"DONATIONS_{role.ToUpperInvariant()}_TOKEN"] = _server.Token(role);
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {process.ExitCode}\n{await output}\n{await errors}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"{start.FileName} is missing: {e.Message}");
            throw;
        }
    }

    /// <summary>One server for all clients, on the machine's clock as a deployment is, with an amount in its books that a double cannot hold.</summary>
    public sealed class RunningServer : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            var store = Server.Services.GetRequiredService<LedgerStore>();
            var draft = new JournalDraft("manual", "txn_big", "posted", "JPY", Server.Time.NowMicros(), false, "An amount above 2^53")
                .Add(Account.StripeClearing, BigAmount)
                .Add(Account.DonationsOneTime, -BigAmount);
            await Server.Services.GetRequiredService<Database>().WriteAsync(connection => store.Post(connection, draft));
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
