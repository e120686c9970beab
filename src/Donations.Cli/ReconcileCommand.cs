using System.CommandLine;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Spectre.Console;
using State = Donations.V1.Reconciliation.Types.State;

namespace Donations.Cli;

/// <summary>`donations reconcile`: compares Stripe's objects with ours, and waits for the end.</summary>
internal static class ReconcileCommand
{
    private const int DefaultLimit = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static Command Create(TimeProvider time)
    {
        var server = new ServerOptions("admin");
        var since = new Option<string?>("--since") { Description = "Compare objects made since this day, yyyy-MM-dd (UTC); default: 35 days, or since the last complete one where that is longer ago" };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait for its end" };
        var command = new Command("reconcile", "Compare Stripe's objects with ours. Exit code 1 when it stopped before its end. Examples: donations reconcile; donations reconcile --since 2026-01-01 --no-wait; donations reconcile list")
        {
            since, noWait, List(server),
        };
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new StartReconciliationRequest { SinceTime = parsed.GetValue(since) is { } day ? Timestamp.FromDateTimeOffset(Dates.Midnight(day, "--since")) : null };
            var failed = false;
            await server.RunAsync(parsed, async (channel, headers) =>
            {
                var client = new OperationsService.OperationsServiceClient(channel);
                var run = await client.StartReconciliationAsync(request, headers, cancellationToken: cancellationToken);
                if (!parsed.GetValue(noWait))
                    run = await WaitAsync(client, headers, run, time, Terminal.Error(parsed), cancellationToken);
                parsed.InvocationConfiguration.Output.WriteLine($"{run.Name} {Words.Of(run.State)}: {Show(run)}");
                failed = run.State == State.Failed;
                if (run.DifferenceCount > run.HealedCount)
                    Terminal.Error(parsed).WriteLine("What was not healed needs somebody: donations exceptions --state open");
            });
            return failed ? CliException.Failed : 0;
        });
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List reconciliations, newest first. Example: donations reconcile list --limit 5") { limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new OperationsService.OperationsServiceClient(channel);
            var runs = await Listing.PagesAsync<Reconciliation>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListReconciliationsAsync(new() { PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Reconciliations, page.NextPageToken);
            });
            listing.Write(parsed, runs, Table, "");
        }));
        return command;
    }

    /// <summary>Asks until it ended. Stopping this does not stop the reconciliation.</summary>
    private static async Task<Reconciliation> WaitAsync(OperationsService.OperationsServiceClient client, Metadata headers, Reconciliation run, TimeProvider time, IAnsiConsole console, CancellationToken cancellationToken)
    {
        async Task<Reconciliation> PollAsync(Action<string> tell)
        {
            while (run.State == State.Running)
            {
                tell(run.Stage.Length == 0 ? "Starting…" : $"{run.Stage}: {Show(run)}");
                await Task.Delay(Pause, time, cancellationToken);
                run = await client.GetReconciliationAsync(new() { Name = run.Name }, headers, cancellationToken: cancellationToken);
            }

            return run;
        }

        // Outside a terminal each step would be a line.
        return console.Profile.Capabilities.Interactive
            ? await console.Status().StartAsync("Starting…", status => PollAsync(text => status.Status(text.EscapeMarkup())))
            : await PollAsync(_ => { });
    }

    private static string Show(Reconciliation run) => $"{run.ObjectCount} objects, {run.DifferenceCount} differences, {run.HealedCount} healed";

    private static Table Table(IReadOnlyList<Reconciliation> runs)
    {
        var table = Cells.Columns(["started (UTC)", "ended (UTC)", "reconciliation", "state", "since"], ["objects", "differences", "healed"]);
        foreach (var run in runs)
        {
            table.AddRow(
                Cells.Time(run.StartTime), Cells.Time(run.EndTime), Cells.Text(Cells.Last(run.Name)), Cells.Text(run.Stage.Length == 0 ? Words.Of(run.State) : $"{Words.Of(run.State)} ({run.Stage})"), Cells.Day(run.SinceTime),
                Cells.Number(run.ObjectCount), Cells.Number(run.DifferenceCount), Cells.Number(run.HealedCount));
        }

        return table;
    }
}
