using System.CommandLine;
using Donations.V1;
using Google.Protobuf;
using Client = Donations.V1.LedgerService.LedgerServiceClient;

namespace Donations.Cli;

/// <summary>`donations journal`: entries of the books, and those by hand, which one person proposes and another one posts.</summary>
internal static class JournalCommand
{
    private const string Entries = "journalEntries/";
    private const int DefaultLimit = 50;

    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var command = new Command(
            "journal",
            """
            Entries of the books, and entries by hand: one person proposes, another one approves.
            Examples:
              donations journal list --source txn_1AbC
              donations journal propose --reason "bank opening" --line "1000 debit 5.00 USD" --line "3000 credit 5.00 USD"
              donations journal proposals --state proposed
              donations journal approve 06h0vntm7p --note seen
            """)
        {
            List(server), Show(server), JournalProposals.Propose(server), JournalProposals.Reverse(server), JournalProposals.List(server), JournalProposals.Approve(server), JournalProposals.Reject(server),
        };
        server.AddTo(command);
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var source = new Option<string>("--source") { Description = "Only entries of this balance transaction, payout or dispute at Stripe", DefaultValueFactory = _ => "" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List entries, newest first; their lines with `show`, or --format json. Example: donations journal list --source txn_1AbC") { source, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            var entries = await Listing.PagesAsync<JournalEntry>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListJournalEntriesAsync(new() { SourceId = parsed.GetValue(source)!, PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.JournalEntries, page.NextPageToken);
            });
            listing.Write(parsed, entries, ["entry", "book_date", "source_kind", "transition", "source_id", "reversed_journal_entry", "memo"], ["book_date", "transition", "source_id"], "");
        }));
        return command;
    }

    private static Command Show(ServerOptions server)
    {
        var name = new Argument<string>("entry") { Description = "An entry's number, or a proposal" };
        var listing = new Listing();
        var command = new Command("show", "Show an entry or a proposal with its lines. Examples: donations journal show 17; donations journal show journalProposals/06h0vntm7p") { name };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            // Entries are numbered, proposals are not.
            var typed = parsed.GetValue(name)!;
            var full = typed.All(char.IsAsciiDigit) ? ResourceNames.Full(Entries, typed) : ResourceNames.Full(JournalProposals.Prefix, typed);
            (IMessage Item, IReadOnlyList<IMessage> Lines) found;
            if (full.StartsWith(JournalProposals.Prefix, StringComparison.Ordinal))
            {
                var proposal = await client.GetJournalProposalAsync(new() { Name = full }, headers, cancellationToken: cancellationToken);
                found = (proposal, [.. proposal.Lines]);
            }
            else
            {
                var entry = await client.GetJournalEntryAsync(new() { Name = full }, headers, cancellationToken: cancellationToken);
                found = (entry, [.. entry.Lines]);
            }

            listing.WriteOne(parsed, found.Item, found.Lines);
        }));
        return command;
    }
}
