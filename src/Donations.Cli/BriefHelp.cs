using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Donations.Cli;

/// <summary>The library's help, with a command's examples on lines of their own, and of the commands below it what they do only.</summary>
internal sealed class BriefHelp(HelpAction help) : SynchronousCommandLineAction
{
    private const string Next = "; donations ";

    // Asking for help is no wrong command line, whatever else is missing.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // The program ends with this: descriptions are needed no more.
        var command = parseResult.CommandResult.Command;
        command.Description = Full(command.Description ?? "");
        foreach (var below in command.Subcommands)
            below.Description = Brief(below.Description ?? "");
        return help.Invoke(parseResult);
    }

    public static string Brief(string description) => Split(description).What.Split('\n')[0];

    public static string Full(string description)
    {
        // What has lines is laid out already.
        if (description.Contains('\n', StringComparison.Ordinal))
            return description;
        var (what, examples) = Split(description);
        return examples.Length == 0 ? what : $"{what}\nExamples:{string.Concat(examples.Select(e => "\n  " + e))}";
    }

    private static (string What, string[] Examples) Split(string description)
    {
        var at = description.IndexOf("Example", StringComparison.Ordinal);
        if (at < 0)
            return (description, []);
        var examples = description[(description.IndexOf(':', at) + 1)..].Replace(Next, "\n" + Next.TrimStart(';', ' '), StringComparison.Ordinal);
        return (description[..at].Trim(), examples.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }
}
