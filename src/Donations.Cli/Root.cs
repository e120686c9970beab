using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Donations.Cli.Reports;

namespace Donations.Cli;

/// <summary>All of `donations`.</summary>
internal static class Root
{
    public static RootCommand Create(TimeProvider time)
    {
        var root = All(time);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new BriefHelp((HelpAction)help.Action!);
        // Habits of another system, which shells would offer as files.
        foreach (var alias in (string[])["/h", "/?"])
            help.Aliases.Remove(alias);
        return root;
    }

    /// <summary>Runs a command line. What is wrong with it is told on standard error, without pages of help.</summary>
    public static async Task<int> InvokeAsync(Command command, IReadOnlyList<string> arguments, InvocationConfiguration configuration, CancellationToken cancellationToken = default)
    {
        var parsed = command.Parse(arguments);
        if (parsed.Action is not ParseErrorAction wrong)
            return await parsed.InvokeAsync(configuration, cancellationToken);
        wrong.ShowHelp = false;
        await parsed.InvokeAsync(configuration, cancellationToken);
        var path = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
            path.Insert(0, ((CommandResult)at).Command.Name);
        await configuration.Error.WriteLineAsync($"See {string.Join(' ', path)} --help");
        return CliException.Usage;
    }

    private static RootCommand All(TimeProvider time) => new(
        """
        donations: reports and closing for finance, campaigns for editors, receipts for support, operations, the mailer and development for a Donations server.
        Exit codes: 0 done; 1 failed; 2 wrong command line or argument; 3 not done yet, somebody or something is waited for; 130 Ctrl-C.
        """)
    {
        ReportCommand.Create(time),
        CampaignsCommand.Create(),
        AppealsCommand.Create(),
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
