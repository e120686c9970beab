using System.CommandLine;
using Donations.V1;
using Grpc.Core;
using Client = Donations.V1.LedgerService.LedgerServiceClient;

namespace Donations.Cli;

/// <summary>The part of `donations journal` that writes: entries by hand, by two people.</summary>
internal static class JournalProposals
{
    public const string Prefix = "journalProposals/";
    private const int DefaultLimit = 50;

    public static Command Propose(ServerOptions server)
    {
        var lines = JournalLines.Option(required: true);
        var reason = ReasonOption();
        var date = new Option<string?>("--date") { Description = "Day to book it on, yyyy-MM-dd; default: today" };
        var document = new Option<string>("--document") { Description = "Number of the paper behind it", DefaultValueFactory = _ => "" };
        var requestId = new Option<string?>("--request-id") { Description = "UUID version 4: with the one of a try whose answer was lost, its answer" };
        var command = new Command("propose", "Propose an entry by hand; a second person posts it. Example: donations journal propose --reason \"bank opening\" --line \"1000 debit 5.00 USD\" --line \"3000 credit 5.00 USD fund=General\"")
        {
            lines, reason, date, document, requestId,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new CreateJournalProposalRequest
            {
                JournalProposal = new()
                {
                    Lines = { parsed.GetValue(lines)!.Select(JournalLines.Parse) },
                    Reason = parsed.GetValue(reason)!,
                    Document = parsed.GetValue(document)!,
                    BookDate = parsed.GetValue(date) is { } day ? Dates.ToDate(day, "--date") : null,
                },
                RequestId = parsed.GetValue(requestId) ?? ResourceNames.NewRequestId(),
            };
            // Told before the call: an answer may be lost.
            Terminal.Error(parsed).Profile.Out.Writer.WriteLine($"Proposing as --request-id {request.RequestId}");
            return server.RunAsync(parsed, async (channel, headers) =>
                Tell(parsed, await new Client(channel).CreateJournalProposalAsync(request, headers, cancellationToken: cancellationToken)));
        });
        return command;
    }

    public static Command Reverse(ServerOptions server)
    {
        var entry = new Argument<string>("entry") { Description = "The entry's number" };
        var reason = ReasonOption();
        var lines = JournalLines.Option(required: false);
        var command = new Command("reverse", "Propose to reverse an entry, and perhaps what to book instead (needed where it touches 1010). Example: donations journal reverse 17 --reason \"wrong bank\"") { entry, reason, lines };
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new ReverseJournalEntryRequest
            {
                Name = ResourceNames.Full("journalEntries/", parsed.GetValue(entry)!),
                Reason = parsed.GetValue(reason)!,
                Lines = { (parsed.GetValue(lines) ?? []).Select(JournalLines.Parse) },
            };
            return server.RunAsync(parsed, async (channel, headers) =>
                Tell(parsed, await new Client(channel).ReverseJournalEntryAsync(request, headers, cancellationToken: cancellationToken)));
        });
        return command;
    }

    public static Command List(ServerOptions server)
    {
        var state = Words.Option<JournalProposal.Types.State>("--state", "Only proposals in this state");
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("proposals", "List entries by hand, newest first; their lines with `show`. Example: donations journal proposals --state proposed") { state, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            var proposals = await Listing.PagesAsync<JournalProposal>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListJournalProposalsAsync(new() { State = parsed.GetValue(state), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.JournalProposals, page.NextPageToken);
            });
            listing.Write(
                parsed,
                proposals,
                ["create_time", "proposal", "state", "proposer", "decider", "journal_entry", "reversed_journal_entry", "document", "reason", "decision_note"],
                ["proposal", "state", "proposer", "reason"],
                $"{proposals.Count(p => p.State == JournalProposal.Types.State.Proposed)} of these wait for a second person");
        }));
        return command;
    }

    public static Command Approve(ServerOptions server) => Decide(
        server,
        "approve",
        "Post an entry that somebody else proposed. Exit code 3 when you proposed it yourself. Example: donations journal approve 06h0vntm7p --note seen",
        (client, name, note, headers, token) => client.ApproveJournalProposalAsync(new() { Name = name, Note = note }, headers, cancellationToken: token));

    public static Command Reject(ServerOptions server) => Decide(
        server,
        "reject",
        "Reject an entry that was proposed, or withdraw one's own. Example: donations journal reject 06h0vntm7p --note \"not ours\"",
        (client, name, note, headers, token) => client.RejectJournalProposalAsync(new() { Name = name, Note = note }, headers, cancellationToken: token));

    private static Command Decide(ServerOptions server, string verb, string description, Func<Client, string, string, Metadata, CancellationToken, AsyncUnaryCall<JournalProposal>> call)
    {
        var name = new Argument<string>("proposal") { Description = "As `journal proposals` shows it" };
        var note = new Option<string>("--note") { Description = "What you say to it", DefaultValueFactory = _ => "" };
        var command = new Command(verb, description) { name, note };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
            Tell(parsed, await call(new(channel), ResourceNames.Full(Prefix, parsed.GetValue(name)!), parsed.GetValue(note)!, headers, cancellationToken))));
        return command;
    }

    private static Option<string> ReasonOption() => new("--reason") { Description = "Why, 3 to 500 characters; it becomes the entry's memo. Nobody's name or address", Required = true };

    private static void Tell(ParseResult parsed, JournalProposal proposal)
    {
        parsed.InvocationConfiguration.Output.WriteLine($"{proposal.Name} {Words.Of(proposal.State)}{(proposal.JournalEntry.Length > 0 ? $" as {proposal.JournalEntry}" : "")}");
        if (proposal.State == JournalProposal.Types.State.Proposed)
            parsed.InvocationConfiguration.Error.WriteLine($"Next: a second person runs `donations journal approve {Cells.Last(proposal.Name)}`");
    }
}
