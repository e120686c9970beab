using System.CommandLine;
using Donations.V1;
using Grpc.Core;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>`donations inbox`: Stripe's events as they came, and another try for those that failed.</summary>
internal static class InboxCommand
{
    private const string Prefix = "inboxEvents/";
    private const int DefaultLimit = 50;

    public static Command Create()
    {
        var server = new ServerOptions("admin");
        var command = new Command("inbox", "Stripe's events as they came. Examples: donations inbox list --state poisoned; donations inbox replay --poisoned") { List(server), Replay(server) };
        server.AddTo(command);
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var state = Words.Option<InboxEvent.Types.State>("--state", "Only events in this state");
        var type = new Option<string>("--type") { Description = "Only events of this type of Stripe's, such as invoice.paid", DefaultValueFactory = _ => "" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List events, newest first. Example: donations inbox list --type invoice.paid --limit 10 --format json") { state, type, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new OperationsService.OperationsServiceClient(channel);
            var (events, poisoned) = await ListAsync(client, headers, parsed.GetValue(state), parsed.GetValue(type)!, parsed.GetValue(limit), cancellationToken);
            listing.Write(parsed, events, Table, $"{poisoned} poisoned in all");
        }));
        return command;
    }

    private static Command Replay(ServerOptions server)
    {
        var ids = new Argument<string[]>("event") { Description = "Stripe's ids (evt_...)", Arity = ArgumentArity.ZeroOrMore };
        var poisoned = new Option<bool>("--poisoned") { Description = "All that failed too often" };
        var command = new Command("replay", "Apply events again: events tell only what to look at, so this is always safe. Example: donations inbox replay evt_1AbC evt_2DeF") { ids, poisoned };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var names = parsed.GetValue(ids)!;
            if ((names.Length == 0) != parsed.GetValue(poisoned))
                throw new CliException("Give ids of events, or --poisoned", CliException.Usage);
            await server.RunAsync(parsed, async (channel, headers) =>
            {
                var client = new OperationsService.OperationsServiceClient(channel);
                if (names.Length == 0)
                {
                    // All of them first: a page token does not outlive what it points at.
                    var (events, _) = await ListAsync(client, headers, InboxEvent.Types.State.Poisoned, "", int.MaxValue, cancellationToken);
                    names = [.. events.Select(e => e.Name)];
                }

                await ReplayAsync(client, headers, names, Terminal.Error(parsed), cancellationToken);
            });
        });
        return command;
    }

    private static async Task ReplayAsync(OperationsService.OperationsServiceClient client, Metadata headers, string[] names, IAnsiConsole console, CancellationToken cancellationToken)
    {
        if (names.Length == 0)
        {
            console.WriteLine("Nothing is poisoned");
            return;
        }

        var unknown = new List<string>();
        await console.Progress().StartAsync(async progress =>
        {
            var bar = progress.AddTask("Replaying", maxValue: names.Length);
            foreach (var name in names)
            {
                try
                {
                    await client.ReplayInboxEventAsync(new() { Name = name.StartsWith(Prefix, StringComparison.Ordinal) ? name : Prefix + name }, headers, cancellationToken: cancellationToken);
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
                {
                    unknown.Add(Cells.Last(name));
                }

                bar.Increment(1);
            }

            bar.StopTask();
        });
        console.WriteLine($"{names.Length - unknown.Count} of {names.Length} are applied again; `donations inbox list --state poisoned` shows what fails again");
        if (unknown.Count > 0)
            throw new CliException($"Not in the inbox: {string.Join(", ", unknown)}");
    }

    private static async Task<(List<InboxEvent> Events, int Poisoned)> ListAsync(
        OperationsService.OperationsServiceClient client, Metadata headers, InboxEvent.Types.State state, string type, int limit, CancellationToken cancellationToken)
    {
        var poisoned = 0;
        var events = await Listing.PagesAsync<InboxEvent>(limit, async (size, token) =>
        {
            var page = await client.ListInboxEventsAsync(new() { State = state, Type = type, PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
            poisoned = page.PoisonedCount;
            return (page.InboxEvents, page.NextPageToken);
        });
        return (events, poisoned);
    }

    private static Table Table(IReadOnlyList<InboxEvent> events)
    {
        var table = Cells.Columns(["received (UTC)", "event", "type", "object", "state"], ["tries"]);
        table.AddColumns("failure", "next try (UTC)");
        foreach (var item in events)
        {
            table.AddRow(
                Cells.Time(item.ReceiveTime), Cells.Text(Cells.Last(item.Name)), Cells.Text(item.Type), Cells.Text(item.ObjectId), Cells.Text(Words.Of(item.State)),
                Cells.Number(item.AttemptCount), Cells.Text(item.Failure), Cells.Time(item.NextTryTime));
        }

        return table;
    }
}
