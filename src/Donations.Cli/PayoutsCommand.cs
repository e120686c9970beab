using System.CommandLine;
using Donations.V1;
using Grpc.Core;
using Client = Donations.V1.LedgerService.LedgerServiceClient;

namespace Donations.Cli;

/// <summary>`donations payouts`: payouts as batches, from Stripe's balance to the general ledger.</summary>
internal static class PayoutsCommand
{
    private const string Prefix = "payouts/";
    private const int DefaultLimit = 50;
    private static readonly string[] Columns = ["create_time", "payout", "state", "batch_state", "open_reason", "currency", "amount", "transaction_count", "fee", "document"];
    private static readonly string[] Keep = ["payout", "amount", "batch_state", "open_reason"];

    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var document = new Option<string>("--document") { Description = "Number of the voucher in the general ledger", Required = true };
        var export = Change(
            server,
            "export",
            "Note that a closed batch is in the general ledger. Example: donations payouts export po_1AbC --document GL-2026-311",
            (client, name, parsed, headers, token) => client.MarkPayoutExportedAsync(new() { Name = name, Document = parsed.GetValue(document)! }, headers, cancellationToken: token));
        export.Options.Add(document);
        var command = new Command("payouts", "Payouts and their batches: open, total-verified, closed, exported. Examples: donations payouts list --batch-state open; donations payouts close po_1AbC; donations report payout-transactions --payout po_1AbC")
        {
            List(server),
            Show(server),
            Change(
                server,
                "reconcile",
                "Read a payout and its rows from Stripe again and verify its total. Exit code 3 when the batch stays open. Example: donations payouts reconcile po_1AbC",
                (client, name, _, headers, token) => client.ReconcilePayoutAsync(new() { Name = name }, headers, cancellationToken: token)),
            Change(
                server,
                "close",
                "Accept a batch whose total is verified. Example: donations payouts close po_1AbC",
                (client, name, _, headers, token) => client.ClosePayoutAsync(new() { Name = name }, headers, cancellationToken: token)),
            export,
        };
        server.AddTo(command);
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var state = Words.Option<Payout.Types.BatchState>("--batch-state", "Only payouts whose batch is in this state");
        var currency = new Option<string>("--currency") { Description = "ISO 4217 code; default: all", DefaultValueFactory = _ => "" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List payouts, newest first. Example: donations payouts list --batch-state total-verified --currency USD") { state, currency, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            var payouts = await Listing.PagesAsync<Payout>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListPayoutsAsync(
                    new() { BatchState = parsed.GetValue(state), Currency = parsed.GetValue(currency)!.ToUpperInvariant(), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Payouts, page.NextPageToken);
            });
            listing.Write(parsed, payouts, Columns, Keep, $"{payouts.Count(p => p.BatchState == Payout.Types.BatchState.Open)} of these are open");
        }));
        return command;
    }

    private static Command Show(ServerOptions server)
    {
        var name = NameArgument();
        var listing = new Listing();
        var command = new Command("show", "Show a payout with its control totals. Example: donations payouts show po_1AbC") { name };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
            listing.WriteOne(parsed, await new Client(channel).GetPayoutAsync(new() { Name = Name(parsed, name) }, headers, cancellationToken: cancellationToken))));
        return command;
    }

    private static Command Change(ServerOptions server, string verb, string description, Func<Client, string, ParseResult, Metadata, CancellationToken, AsyncUnaryCall<Payout>> call)
    {
        var name = NameArgument();
        var command = new Command(verb, description) { name };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var payout = await call(new(channel), Name(parsed, name), parsed, headers, cancellationToken);
            var why = payout.OpenReason.Length > 0 ? $": {payout.OpenReason}" : payout.Document.Length > 0 ? $" as {payout.Document}" : "";
            parsed.InvocationConfiguration.Output.WriteLine($"{payout.Name} {Cells.Decimal(payout.Amount)} {payout.Amount.CurrencyCode} {Words.Of(payout.BatchState)}{why}");
            return payout.BatchState == Payout.Types.BatchState.Open ? CliException.Waiting : 0;
        }));
        return command;
    }

    private static Argument<string> NameArgument() => new("payout") { Description = "Stripe's id, po_..." };

    private static string Name(ParseResult parsed, Argument<string> name) => ResourceNames.Full(Prefix, parsed.GetValue(name)!);
}
