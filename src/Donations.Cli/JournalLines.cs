using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Donations.V1;
using Money = Google.Type.Money;

namespace Donations.Cli;

/// <summary>Lines of an entry as people type them: `1000 debit 5.00 USD campaign=press fund=General`. Amounts are taken digit by digit, and never pass through floats.</summary>
internal static partial class JournalLines
{
    private const int NanoDigits = 9;

    public static Option<string[]> Option(bool required) => new("--line")
    {
        Description = "A line, repeated: \"ACCOUNT debit|credit AMOUNT CURRENCY [campaign=ID] [placement=WORD] [method=WORD] [fund=NAME]\"",
        Required = required,
    };

    /// <exception cref="CliException">It is no line.</exception>
    public static JournalProposalLine Parse(string text)
    {
        var match = Line().Match(text.Trim());
        if (!match.Success)
            throw new CliException($"--line \"{text}\" must look like \"1000 debit 5.00 USD\", and may end in campaign=..., placement=..., method=... and fund=...", CliException.Usage);
        var decimals = match.Groups["decimals"].Value.PadRight(NanoDigits, '0');
        var money = new Money
        {
            CurrencyCode = match.Groups["currency"].Value.ToUpperInvariant(),
            Units = long.Parse(match.Groups["units"].Value, NumberStyles.None, CultureInfo.InvariantCulture),
            Nanos = int.Parse(decimals, NumberStyles.None, CultureInfo.InvariantCulture),
        };
        var campaign = match.Groups["campaign"].Value;
        var line = new JournalProposalLine { Account = match.Groups["account"].Value, Campaign = campaign.Length == 0 ? "" : ResourceNames.Full("campaigns/", campaign), Fund = match.Groups["fund"].Value.Trim(), Method = match.Groups["method"].Value, Placement = PlacementOf(match.Groups["placement"].Value) };
        if (match.Groups["side"].Value == "debit")
            line.Debit = money;
        else
            line.Credit = money;
        return line;
    }

    private static Placement PlacementOf(string word) =>
        word.Length == 0 ? Placement.Unspecified : Words.Values<Placement>().TryGetValue(word, out var placement) ? placement
            : throw new CliException($"placement={word} must be one of {string.Join(", ", Words.Values<Placement>().Keys)}", CliException.Usage);

    [GeneratedRegex(@"^(?<account>\S+)\s+(?<side>debit|credit)\s+(?<units>\d{1,18})(\.(?<decimals>\d{1,9}))?\s+(?<currency>[A-Za-z]{3})(\s+campaign=(?<campaign>\S+)|\s+placement=(?<placement>\S+)|\s+method=(?<method>\S+)|\s+fund=(?<fund>.+?)(?=\s+(campaign|placement|method)=|$))*$")]
    private static partial Regex Line();
}
