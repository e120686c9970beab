using System.CommandLine;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>`donations exceptions`: what did not agree between Stripe and us.</summary>
internal static class ExceptionsCommand
{
    private const int DefaultLimit = 100;

    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var state = Words.Option<ReconciliationException.Types.State>("--state", "Only exceptions in this state");
        var kind = Words.Option<ReconciliationException.Types.Kind>("--kind", "Only exceptions of this kind");
        var from = new Option<string?>("--from") { Description = "Only exceptions found from this day on, yyyy-MM-dd in UTC" };
        var to = new Option<string?>("--to") { Description = "Only exceptions found before this day, yyyy-MM-dd in UTC" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("exceptions", "List what did not agree between Stripe and us, newest first. Examples: donations exceptions --state open; donations exceptions --kind late --from 2026-11-01 --to 2026-12-01; donations exceptions resolve 06h0vntm7p --note \"refunded by bank transfer\"") { state, kind, from, to, limit, Resolve(server) };
        listing.AddTo(command);
        server.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new LedgerService.LedgerServiceClient(channel);
            var interval = new Interval { StartTime = Midnight(parsed, from), EndTime = Midnight(parsed, to) };
            var exceptions = await Listing.PagesAsync<ReconciliationException>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListExceptionsAsync(
                    new() { State = parsed.GetValue(state), Kind = parsed.GetValue(kind), Interval = interval, PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Exceptions, page.NextPageToken);
            });
            listing.Write(parsed, exceptions, Table, $"{exceptions.Count(e => e.State == ReconciliationException.Types.State.Open)} of these are open");
        }));
        return command;
    }

    private static Timestamp? Midnight(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } day ? Timestamp.FromDateTimeOffset(Dates.Midnight(day, option.Name)) : null;

    private static Command Resolve(ServerOptions server)
    {
        var name = new Argument<string>("exception") { Description = "As the list shows it" };
        var note = new Option<string>("--note") { Description = "What was found and done, 3 to 500 characters: nobody's name or address", Required = true };
        var command = new Command("resolve", "Settle an exception that somebody has looked at. Example: donations exceptions resolve 06h0vntm7p --note \"refunded by bank transfer\"") { name, note };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var resolved = await new LedgerService.LedgerServiceClient(channel).ResolveExceptionAsync(
                new() { Name = ResourceNames.Full("exceptions/", parsed.GetValue(name)!), Resolution = parsed.GetValue(note)! }, headers, cancellationToken: cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"{resolved.Name} {Words.Of(resolved.State)} by {resolved.Resolver}");
        }));
        return command;
    }

    private static Table Table(IReadOnlyList<ReconciliationException> exceptions)
    {
        var table = Cells.Columns(["found (UTC)", "exception", "kind", "state", "object", "resource"], []);
        table.AddColumn("detail");
        foreach (var item in exceptions)
            table.AddRow(Cells.Time(item.CreateTime), Cells.Text(Cells.Last(item.Name)), Cells.Text(Words.Of(item.Kind)), Cells.Text(Words.Of(item.State)), Cells.Text(item.ObjectId), Cells.Text(item.Resource), Cells.Text(item.Detail));
        return table;
    }
}
