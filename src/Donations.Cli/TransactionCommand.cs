using System.CommandLine;
using Donations.V1;

namespace Donations.Cli;

/// <summary>`donations transaction`: an audit sample by Stripe's balance transaction, with its entry and its payment.</summary>
internal static class TransactionCommand
{
    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var name = new Argument<string>("transaction") { Description = "Stripe's balance transaction, txn_..." };
        var listing = new Listing();
        var command = new Command("transaction", "Look up an audit sample: a balance transaction of Stripe's with its entry in the books and its payment. Examples: donations transaction txn_1AbC; donations transaction txn_1AbC --format json") { name };
        listing.AddTo(command);
        server.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var ledger = new LedgerService.LedgerServiceClient(channel);
            var found = await ledger.GetBalanceTransactionAsync(new() { Name = ResourceNames.Full("balanceTransactions/", parsed.GetValue(name)!) }, headers, cancellationToken: cancellationToken);
            listing.WriteOne(parsed, found);
            if (found.JournalEntry.Length > 0)
            {
                Title(parsed, listing, "Its entry");
                var entry = await ledger.GetJournalEntryAsync(new() { Name = found.JournalEntry }, headers, cancellationToken: cancellationToken);
                listing.WriteOne(parsed, entry, [.. entry.Lines]);
            }

            if (found.Payment.Length > 0)
            {
                Title(parsed, listing, "Its payment");
                listing.WriteOne(parsed, await new PaymentService.PaymentServiceClient(channel).GetPaymentAsync(new() { Name = found.Payment }, headers, cancellationToken: cancellationToken));
            }
        }));
        return command;
    }

    private static void Title(ParseResult parsed, Listing listing, string title)
    {
        if (!listing.IsJson(parsed))
            parsed.InvocationConfiguration.Output.WriteLine($"\n{title}:");
    }
}
