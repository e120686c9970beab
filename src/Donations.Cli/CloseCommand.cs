using System.CommandLine;
using Donations.V1;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>`donations close`: months of the books, which two people close.</summary>
internal static class CloseCommand
{
    private const string Prefix = "periods/";
    private const int DefaultLimit = 24;

    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var period = PeriodArgument();
        period.Arity = ArgumentArity.ZeroOrOne;
        var command = new Command(
            "close",
            """
            Close a month of the books, for good. One person asks, a second one closes with the same command; months close in order.
            Exit code 0 when it is closed, 3 while it waits for the second person or something stands in the way.
            Examples:
              donations close list
              donations close 2026-11
              donations close reopen 2026-11
            """)
        {
            period, List(server), Reopen(server),
        };
        server.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            if (parsed.GetValue(period) is not { Length: > 0 } month)
                throw new CliException("Which month? `donations close list` shows them, `donations close 2026-11` closes one", CliException.Usage);
            var name = ResourceNames.Full(Prefix, month);
            var closed = await new LedgerService.LedgerServiceClient(channel).ClosePeriodAsync(new() { Name = name }, headers, cancellationToken: cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            if (closed.State == Period.Types.State.Closed)
            {
                output.WriteLine($"{closed.Name} is closed with {closed.EntryCount} entries: asked for by {closed.Requester}, closed by {closed.Closer}. What is told of its days from now on is booked in the next one.");
                return 0;
            }

            output.WriteLine($"{closed.Name} is closing: {closed.Requester} asked. Next: a second person runs `donations close {Cells.Last(closed.Name)}`; `donations close reopen {Cells.Last(closed.Name)}` takes it back.");
            return CliException.Waiting;
        }));
        return command;
    }

    private static Argument<string> PeriodArgument() => new("period") { Description = "Month, 2026-11" };

    private static Command List(ServerOptions server)
    {
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List months and what stands in the way of closing them, newest first. Example: donations close list --limit 3") { limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new LedgerService.LedgerServiceClient(channel);
            var periods = await Listing.PagesAsync<Period>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListPeriodsAsync(new() { PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Periods, page.NextPageToken);
            });
            listing.Write(parsed, periods, Table, $"{periods.Count(p => p.State == Period.Types.State.Closing)} wait for a second person");
        }));
        return command;
    }

    private static Command Reopen(ServerOptions server)
    {
        var period = PeriodArgument();
        var command = new Command("reopen", "Take the wish to close a month back, before a second person has closed it. Example: donations close reopen 2026-11") { period };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var reopened = await new LedgerService.LedgerServiceClient(channel).ReopenClosingPeriodAsync(
                new() { Name = ResourceNames.Full(Prefix, parsed.GetValue(period)!) }, headers, cancellationToken: cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"{reopened.Name} is {Words.Of(reopened.State)} again");
        }));
        return command;
    }

    private static Table Table(IReadOnlyList<Period> periods)
    {
        var table = Cells.Columns(["period", "state"], ["entries"]);
        table.AddColumns("who", "in the way");
        foreach (var period in periods)
        {
            var who = period.Closer.Length > 0 ? $"{period.Requester}, {period.Closer}" : period.Requester;
            table.AddRow(Cells.Text(Cells.Last(period.Name)), Cells.Text(Words.Of(period.State)), Cells.Number(period.EntryCount), Cells.Text(who), Cells.Text(string.Join("\n", period.Obstacles)));
        }

        return table;
    }
}
