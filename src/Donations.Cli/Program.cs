using Donations.Cli;

var root = Root.Create(TimeProvider.System);
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
