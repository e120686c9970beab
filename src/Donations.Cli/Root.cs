using System.CommandLine;
using Donations.Cli.Reports;

namespace Donations.Cli;

/// <summary>All of `donations`.</summary>
internal static class Root
{
    public static RootCommand Create(TimeProvider time) => new(
        """
        donations: reports and closing for finance, receipts for support, operations, the mailer and development for a Donations server.
        Exit codes: 0 done; 1 failed; 2 wrong command line or argument; 3 not done yet, somebody or something is waited for; 130 Ctrl-C.
        """)
    {
        ReportCommand.Create(time),
        CloseCommand.Create(),
        PayoutsCommand.Create(),
        JournalCommand.Create(),
        RefundsCommand.Create(),
        LedgerCommand.Create(),
        TransactionCommand.Create(),
        ReconcileCommand.Create(time),
        ExceptionsCommand.Create(),
        ReceiptsCommand.Create(),
        DisputesCommand.Create(),
        InboxCommand.Create(),
        WebhookCommand.Create(),
        MailerCommand.Create(),
        TokenCommand.Create(),
        ClockCommand.Create(),
        CompletionCommand.Create(),
    };
}
