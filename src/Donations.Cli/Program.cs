using System.CommandLine;
using Donations.Cli;
using Donations.Cli.Reports;

var root = new RootCommand("donations: tokens, reports, operations, Stripe's webhooks, the mailer and the simulator's clock for a Donations server.")
{
    TokenCommand.Create(),
    ReportCommand.Create(TimeProvider.System),
    LedgerCommand.Create(),
    InboxCommand.Create(),
    ReconcileCommand.Create(TimeProvider.System),
    ExceptionsCommand.Create(),
    DisputesCommand.Create(),
    WebhookCommand.Create(),
    ClockCommand.Create(),
    MailerCommand.Create(),
};
try
{
    var parsed = root.Parse(args);
    var code = await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? CliException.Usage : code;
}
catch (CliException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return e.ExitCode;
}
catch (OperationCanceledException)
{
    // Ctrl-C, told as shells tell it.
    return 130;
}
