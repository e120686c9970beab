using System.CommandLine;
using System.Text.RegularExpressions;
using Enum = System.Enum;

namespace Donations.Cli;

/// <summary>The contract's enums as people type and read them: `balance-transaction`.</summary>
internal static partial class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => InnerCapital().Replace(value.ToString(), "-$0").ToLowerInvariant();

    /// <summary>An option that takes a value of an enum by its word; not given, it is the unspecified value, which means any.</summary>
    public static Option<T> Option<T>(string name, string description)
        where T : struct, Enum
    {
        var values = Values<T>();
        var option = new Option<T>(name)
        {
            Description = $"{description}: {string.Join(", ", values.Keys)}; default: any",
            CustomParser = argument => values.GetValueOrDefault(argument.Tokens.Single().Value),
        };
        option.AcceptOnlyFromAmong([.. values.Keys]);
        return option;
    }

    /// <summary>An argument that takes a value of an enum by its word.</summary>
    public static Argument<T> Argument<T>(string name, string description)
        where T : struct, Enum
    {
        var values = Values<T>();
        var argument = new Argument<T>(name)
        {
            Description = $"{description}: {string.Join(", ", values.Keys)}",
            CustomParser = given => values.GetValueOrDefault(given.Tokens.Single().Value),
        };
        argument.AcceptOnlyFromAmong([.. values.Keys]);
        return argument;
    }

    /// <summary>The words of an enum's values, but for the unspecified one.</summary>
    public static Dictionary<string, T> Values<T>()
        where T : struct, Enum => Enum.GetValues<T>().Where(v => !EqualityComparer<T>.Default.Equals(v, default)).ToDictionary(Of);

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex InnerCapital();
}
