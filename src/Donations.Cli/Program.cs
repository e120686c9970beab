using Donations.Cli;

try
{
    return await Root.InvokeAsync(Root.Create(TimeProvider.System), args, new() { EnableDefaultExceptionHandler = false });
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
