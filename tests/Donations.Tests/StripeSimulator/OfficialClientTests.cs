using System.Diagnostics;

namespace Donations.Tests.StripeSimulator;

/// <summary>Stripe's own npm package and command line tool (tests/clients) against a simulator that runs as a process of its own.</summary>
public sealed class OfficialClientTests : IClassFixture<OfficialClientTests.RunningSimulator>
{
    private static readonly string Clients = Path.Combine(Root(), "tests/clients");
    private readonly RunningSimulator _simulator;

    public OfficialClientTests(RunningSimulator simulator) => _simulator = simulator;

    [Theory]
    [InlineData("stripe", "stripe")]
    [InlineData("stripe-cli", "@stripe/cli-linux-x64")]
    public async Task Stripes_own_clients_work(string client, string package)
    {
        if (!Directory.Exists(Path.Combine(Clients, "node_modules", package)))
            Assert.Skip($"tests/clients/node_modules/{package} is missing: run `npm ci` in tests/clients");
        var start = new ProcessStartInfo("node", ["--test", "--test-reporter", "spec", $"test/{client}.test.js"])
        {
            WorkingDirectory = Clients,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["STRIPE_SIMULATOR"] = _simulator.Address;
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Simulator.Ct);
            var errors = process.StandardError.ReadToEndAsync(Simulator.Ct);
            await process.WaitForExitAsync(Simulator.Ct);
            Assert.True(process.ExitCode == 0, $"{client} ended with {process.ExitCode}\n{await output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Donations.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository");
    }

    public sealed class RunningSimulator : IAsyncLifetime
    {
        private Process? _process;

        public string Address { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            var program = Path.Combine(AppContext.BaseDirectory, "Donations.StripeSimulator.dll");
            _process = Process.Start(new ProcessStartInfo("dotnet", [program, "--url", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
            var line = await _process.StandardOutput.ReadLineAsync(Simulator.Ct) ?? throw new InvalidOperationException("The simulator did not start");
            // "Stripe simulator at ADDRESS (…": the first words are for people.
            Address = line.Split(' ')[3];
        }

        public async ValueTask DisposeAsync()
        {
            if (_process is null)
                return;
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
