using System.CommandLine;
using Donations.V1;
using Grpc.Core;
using Client = Donations.V1.PaymentService.PaymentServiceClient;

namespace Donations.Cli;

/// <summary>`donations refunds`: money given back, and large refunds that wait for a second person.</summary>
internal static class RefundsCommand
{
    private const string Prefix = "refunds/";
    private const int DefaultLimit = 50;
    private static readonly string[] Columns = ["create_time", "refund", "payment", "state", "reason", "failure_reason", "requester", "decider", "currency", "amount"];
    private static readonly string[] Keep = ["refund", "amount", "state", "requester"];

    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var command = new Command("refunds", "Refunds; large ones wait for a second person. Examples: donations refunds list --state awaiting-approval; donations refunds approve 06h0vntm7p")
        {
            List(server),
            Decide(
                server,
                "approve",
                "Send a refund that somebody else asked for. Exit code 3 when you asked for it yourself. Example: donations refunds approve 06h0vntm7p",
                (client, name, headers, token) => client.ApproveRefundAsync(new() { Name = name }, headers, cancellationToken: token)),
            Decide(
                server,
                "reject",
                "Reject or withdraw a refund that waits: nothing is sent. Example: donations refunds reject 06h0vntm7p",
                (client, name, headers, token) => client.RejectRefundAsync(new() { Name = name }, headers, cancellationToken: token)),
        };
        server.AddTo(command);
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var state = Words.Option<Refund.Types.State>("--state", "Only refunds in this state");
        var payment = new Option<string>("--payment") { Description = "Only refunds of this payment", DefaultValueFactory = _ => "" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List refunds, newest first. Example: donations refunds list --state awaiting-approval --format json") { state, payment, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            var of = parsed.GetValue(payment)!;
            var refunds = await Listing.PagesAsync<Refund>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListRefundsAsync(
                    new() { State = parsed.GetValue(state), Payment = of.Length == 0 ? "" : ResourceNames.Full("payments/", of), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Refunds, page.NextPageToken);
            });
            listing.Write(parsed, refunds, Columns, Keep, $"{refunds.Count(r => r.State == Refund.Types.State.AwaitingApproval)} of these wait for a second person");
        }));
        return command;
    }

    private static Command Decide(ServerOptions server, string verb, string description, Func<Client, string, Metadata, CancellationToken, AsyncUnaryCall<Refund>> call)
    {
        var name = new Argument<string>("refund") { Description = "As the list shows it" };
        var command = new Command(verb, description) { name };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var refund = await call(new(channel), ResourceNames.Full(Prefix, parsed.GetValue(name)!), headers, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"{refund.Name} {Cells.Decimal(refund.Amount)} {refund.Amount.CurrencyCode} {Words.Of(refund.State)}");
        }));
        return command;
    }
}
