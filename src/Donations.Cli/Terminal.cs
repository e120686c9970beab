using System.CommandLine;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>Data goes to standard output, all else to standard error, so that a pipe carries only data.</summary>
internal static class Terminal
{
    private const int WideEnough = 10_000;

    public static IAnsiConsole Out(ParseResult parsed) => For(parsed.InvocationConfiguration.Output);

    public static IAnsiConsole Error(ParseResult parsed) => For(parsed.InvocationConfiguration.Error);

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsTerminal(ParseResult parsed) => new AnsiConsoleOutput(parsed.InvocationConfiguration.Output).IsTerminal;

    /// <summary>As wide and as colourful as what it writes to.</summary>
    public static IAnsiConsole For(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        return output.IsTerminal ? AnsiConsole.Create(new() { Out = output }) : Plain(writer);
    }

    /// <summary>A file's: no colours.</summary>
    public static IAnsiConsole Plain(TextWriter writer) => Widen(AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors }));

    // Outside a terminal there is no width to keep to.
    private static IAnsiConsole Widen(IAnsiConsole console)
    {
        console.Profile.Width = WideEnough;
        return console;
    }
}
