namespace Donations.Cli;

/// <summary>Something that the person at the terminal can mend: printed as one line.</summary>
internal sealed class CliException(string message, int exitCode = CliException.Failed) : Exception(message)
{
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>Nothing is wrong, but it is not done: a second person or something else is waited for.</summary>
    public const int Waiting = 3;

    public int ExitCode => exitCode;
}
