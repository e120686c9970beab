using System.CommandLine;
using Donations.V1;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>`donations disputes`: banks that ask for money back, and the one answer to each.</summary>
internal static class DisputesCommand
{
    private const int DefaultLimit = 100;

    public static Command Create()
    {
        var server = new ServerOptions("support");
        var command = new Command("disputes", "Disputes and inquiries. Examples: donations disputes --state needs-response; donations disputes submit-evidence disputes/01JX --file answer.txt") { List("list", server), SubmitEvidence(server) };
        // Without a subcommand: the list.
        var list = List("disputes", server);
        foreach (var option in list.Options)
            command.Options.Add(option);
        command.Action = list.Action;
        server.AddTo(command);
        return command;
    }

    private static Command List(string name, ServerOptions server)
    {
        var state = Words.Option<Dispute.Types.State>("--state", "Only disputes in this state");
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command(name, "List disputes and inquiries, newest first. Example: donations disputes list --state needs-response") { state, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new PaymentService.PaymentServiceClient(channel);
            var disputes = await Listing.PagesAsync<Dispute>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListDisputesAsync(new() { State = parsed.GetValue(state), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Disputes, page.NextPageToken);
            });
            listing.Write(parsed, disputes, Table, $"{disputes.Count(d => d.State == Dispute.Types.State.NeedsResponse)} of these need a response");
        }));
        return command;
    }

    private static Command SubmitEvidence(ServerOptions server)
    {
        var name = new Argument<string>("dispute") { Description = "disputes/..., as the list shows it" };
        var file = new Option<string>("--file") { Description = "Text that speaks for the payment, at most 20,000 characters. Name the donor only where the bank needs it", Required = true };
        var requestId = new Option<string?>("--request-id") { Description = "UUID version 4: with the one of a try whose answer was lost, its answer" };
        var command = new Command("submit-evidence", "Answer a dispute. Banks look once: what is submitted is final. Example: donations disputes submit-evidence disputes/01JX --file answer.txt") { name, file, requestId };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var asked = parsed.GetValue(name)!;
            var request = new SubmitDisputeEvidenceRequest
            {
                Name = ResourceNames.Full("disputes/", asked),
                Text = TextFile.Read(parsed.GetValue(file)!),
                RequestId = parsed.GetValue(requestId) ?? ResourceNames.NewRequestId(),
            };
            // Told before the call: an answer may be lost.
            Terminal.Error(parsed).WriteLine($"Submitting as --request-id {request.RequestId}");
            await server.RunAsync(parsed, async (channel, headers) =>
            {
                var dispute = await new PaymentService.PaymentServiceClient(channel).SubmitDisputeEvidenceAsync(request, headers, cancellationToken: cancellationToken);
                parsed.InvocationConfiguration.Output.WriteLine($"{dispute.Name} {Words.Of(dispute.State)}");
            });
        });
        return command;
    }

    private static Table Table(IReadOnlyList<Dispute> disputes)
    {
        var table = Cells.Columns(["opened (UTC)", "dispute", "payment", "state", "reason", "evidence due (UTC)", "submitted (UTC)"], ["amount"]);
        foreach (var item in disputes)
        {
            table.AddRow(
                Cells.Time(item.CreateTime), Cells.Text(item.Name), Cells.Text(item.Payment), Cells.Text(Words.Of(item.State)), Cells.Text(item.Inquiry ? $"{item.Reason} (inquiry)" : item.Reason),
                Cells.Time(item.EvidenceDueTime), Cells.Time(item.EvidenceSubmitTime), Cells.Amount(item.Amount));
        }

        return table;
    }
}
