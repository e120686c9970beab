using System.Buffers;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.V1;
using Google.Protobuf.Collections;

namespace Donations.Server.Ledger;

/// <summary>The form of entries by hand.</summary>
internal static class ProposalValidation
{
    private const string CampaignPrefix = "campaigns/";
    private const int MinLines = 2;
    private const int MaxLines = 100;
    private const int MaxName = 100;
    private const int MaxMethod = 50;
    private static readonly SearchValues<char> MethodChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Debit positive, credit negative, in minor units; of a line whose form was checked.</summary>
    public static long Signed(JournalProposalLine line) =>
        MinorAmount.TryFromWire(line.Debit ?? line.Credit, out var amount, out var error) ? line.Debit is null ? -amount.Minor : amount.Minor : throw new InvalidOperationException(error);

    /// <summary>What a line whose form was checked is reported by.</summary>
    public static Dimensions DimensionsOf(JournalProposalLine line) => new(
        line.Campaign.Length == 0 ? null : line.Campaign[CampaignPrefix.Length..], line.Fund.Length == 0 ? null : line.Fund, (int)line.Placement, line.Method.Length == 0 ? null : line.Method);

    /// <summary>Lines that balance in one currency. <paramref name="required"/>: there must be some.</summary>
    public static void Lines(RepeatedField<JournalProposalLine> lines, bool required, ChartOfAccounts chart, string path, Violations violations)
    {
        if (lines.Count == 0 && !required)
            return;
        violations.Require(lines.Count is >= MinLines and <= MaxLines, path, $"must have {MinLines} to {MaxLines} lines");
        var before = violations.Count;
        for (var i = 0; i < Math.Min(lines.Count, MaxLines); i++)
            Line(lines[i], chart, $"{path}[{i}]", violations);
        if (violations.Count > before || lines.Count < MinLines)
            return;
        violations.Require(lines.Select(l => (l.Debit ?? l.Credit).CurrencyCode).Distinct(StringComparer.Ordinal).Count() == 1, path, "must be in one currency");
        violations.Require(lines.Sum(l => (decimal)Signed(l)) == 0, path, "must have debits equal to credits");
    }

    private static void Line(JournalProposalLine line, ChartOfAccounts chart, string path, Violations violations)
    {
        violations.Require(chart.Find(line.Account) is not null, $"{path}.account", "must be an account of the chart");
        violations.Require(line.Debit is null != line.Credit is null, path, "must have exactly one of debit and credit");
        foreach (var (side, money) in new[] { ("debit", line.Debit), ("credit", line.Credit) })
        {
            if (money is null)
                continue;
            if (!MinorAmount.TryFromWire(money, out var amount, out var error))
                violations.Add($"{path}.{side}", error);
            else
                violations.Require(amount.Minor > 0, $"{path}.{side}", "must be more than zero");
        }

        violations.Require(line.Campaign.Length == 0 || (line.Campaign.StartsWith(CampaignPrefix, StringComparison.Ordinal) && line.Campaign.Length is > 10 and <= MaxName && line.Campaign.AsSpan(CampaignPrefix.Length).IndexOf('/') < 0), $"{path}.campaign", "must look like campaigns/{campaign}");
        violations.Length(line.Fund, 0, MaxName, $"{path}.fund");
        violations.Require(Enum.IsDefined(line.Placement), $"{path}.placement", "is not a known placement");
        violations.Require(line.Method.Length <= MaxMethod && !line.Method.AsSpan().ContainsAnyExcept(MethodChars), $"{path}.method", $"must be Stripe's word for it, such as card: at most {MaxMethod} of a to z, 0 to 9 and underscore");
    }
}
