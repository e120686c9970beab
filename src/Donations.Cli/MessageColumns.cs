using System.Globalization;
using System.Text.RegularExpressions;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Date = Google.Type.Date;
using Money = Google.Type.Money;

namespace Donations.Cli;

/// <summary>A column of a table of messages.</summary>
/// <param name="Name">As it is asked for, and as the files call it where they have it too.</param>
/// <param name="Heading">What stands above it.</param>
/// <param name="IsNumber">To the right.</param>
/// <param name="Cell">Its text for a row; empty for none.</param>
internal sealed record MessageColumn(string Name, string Heading, bool IsNumber, Func<IMessage, string> Cell);

/// <summary>The contract's messages as columns of texts: amounts as exact decimals beside their currency, days, times in a zone, enums as words, names by their last part.</summary>
internal static partial class MessageColumns
{
    /// <summary>What the files call fields that the contract calls otherwise.</summary>
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["PeriodSummaryRow.period_start_date"] = "date",
        ["FeeRow.month_start_date"] = "month",
        ["MrrRow.month_start_date"] = "month",
        ["ContributionDetail.refunded_amount"] = "refunded",
        ["ContributionDetail.fee_cover_amount"] = "fee_cover",
        ["GeneralLedgerLine.payout"] = "batch",
        ["GiftReturn.pay_time"] = "gift_time",
        ["Payout.name"] = "payout",
        ["BalanceTransaction.name"] = "balance_transaction",
        ["BalanceTransaction.source_id"] = "document",
        ["ReconciliationException.name"] = "exception",
        ["ReconciliationException.object_id"] = "object",
        ["GiftReturn.refund_state"] = "state",
        ["GiftReturn.dispute_state"] = "state",
        ["Period.name"] = "period",
        ["JournalProposal.name"] = "proposal",
        ["JournalEntry.name"] = "entry",
        ["Refund.name"] = "refund",
    };

    private static readonly string[] Nouns = ["payment", "refund", "chargeback", "pledge", "donor"];

    /// <summary>All columns of a type, in the contract's order. The currency stands before the first amount.</summary>
    public static IReadOnlyList<MessageColumn> Of(MessageDescriptor type, TimeZoneInfo zone)
    {
        var columns = new List<MessageColumn>();
        Add(columns, type, [], zone);
        // Where two fields are one column, as the state of a refund or a dispute, whichever is there.
        return [.. columns.GroupBy(c => c.Name).Select(g => g.Count() == 1 ? g.First() : g.First() with { Cell = row => g.Select(c => c.Cell(row)).FirstOrDefault(t => t.Length > 0) ?? "" })];
    }

    /// <summary>A value as text.</summary>
    public static string Show(FieldDescriptor field, object? value, string currency, TimeZoneInfo zone) => value switch
    {
        null => "",
        Money money => money.CurrencyCode == currency ? Cells.Decimal(money) : $"{Cells.Decimal(money)} {money.CurrencyCode}",
        Date date => field.Name.StartsWith("month_", StringComparison.Ordinal) ? $"{date.Year:D4}-{date.Month:D2}" : Cells.Day(date),
        Timestamp time => TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        bool flag => flag ? "yes" : "",
        string text => IsResourceName(field) ? Cells.Last(text) : text,
        System.Enum or int when field.FieldType == FieldType.Enum => Word(field.EnumType, Convert.ToInt32(value, CultureInfo.InvariantCulture)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static void Add(List<MessageColumn> columns, MessageDescriptor type, FieldDescriptor[] above, TimeZoneInfo zone)
    {
        foreach (var field in type.Fields.InDeclarationOrder().Where(f => !f.IsRepeated))
        {
            FieldDescriptor[] path = [.. above, field];
            if (field.FieldType == FieldType.Message && !IsScalar(field.MessageType))
            {
                Add(columns, field.MessageType, path, zone);
                continue;
            }

            var isMoney = field.FieldType == FieldType.Message && field.MessageType == Money.Descriptor;
            if (isMoney && !columns.Exists(c => c.Name == "currency"))
                columns.Add(new("currency", "cur.", false, Currency));
            columns.Add(new(Name(field), Heading(field, zone), IsNumber(field), row => Show(field, Value(row, path), Currency(row), zone)));
        }
    }

    /// <summary>The currency of a row: that of its first amount. Amounts of another one name it beside them.</summary>
    private static string Currency(IMessage row) => Amounts(row).FirstOrDefault()?.CurrencyCode ?? "";

    private static IEnumerable<Money> Amounts(IMessage row) => row.Descriptor.Fields.InDeclarationOrder()
        .Where(f => f is { IsRepeated: false, FieldType: FieldType.Message })
        .SelectMany(f => f.Accessor.GetValue(row) switch { Money money => [money], IMessage inner when !IsScalar(inner.Descriptor) => Amounts(inner), _ => [] });

    private static object? Value(IMessage row, FieldDescriptor[] path)
    {
        object? value = row;
        foreach (var field in path)
        {
            if (value is not IMessage message)
                return null;
            value = field.Accessor.GetValue(message);
        }

        return value;
    }

    private static string Name(FieldDescriptor field) =>
        Aliases.GetValueOrDefault($"{field.ContainingType.Name}.{field.Name}")
        ?? (field.ContainingType.Name == "MrrRow" && field.Name.EndsWith("_amount", StringComparison.Ordinal) ? field.Name[..^"_amount".Length] : field.Name.Replace("display_name", "name", StringComparison.Ordinal));

    private static string Heading(FieldDescriptor field, TimeZoneInfo zone)
    {
        var words = Name(field).Replace('_', ' ');
        if (field.FieldType == FieldType.Message && field.MessageType == Timestamp.Descriptor)
            return $"{words} ({zone.Id})";
        if (words == "transaction count")
            return "count";
        // Counts by what they count: `payments`, `new`, `retained`.
        if (words.EndsWith(" count", StringComparison.Ordinal))
            return words[..^" count".Length] is var what && Nouns.Contains(what.Split(' ')[^1]) ? what + "s" : what;
        return words.Replace(" percent", " %", StringComparison.Ordinal);
    }

    private static bool IsScalar(MessageDescriptor type) => type == Money.Descriptor || type == Date.Descriptor || type == Timestamp.Descriptor;

    private static bool IsNumber(FieldDescriptor field) =>
        field.FieldType is FieldType.Int32 or FieldType.Int64 && field.Name != "year"
        || (field.FieldType == FieldType.Message && field.MessageType == Money.Descriptor)
        || field.Name.EndsWith("_percent", StringComparison.Ordinal) || field.Name == "exchange_rate";

    /// <summary>References to one type of resource, and names of resources themselves: the collection says nothing new. What may be of several types stays whole.</summary>
    private static bool IsResourceName(FieldDescriptor field) =>
        field.GetOptions()?.GetExtension(ResourceExtensions.ResourceReference) is not null
        || field.GetOptions()?.GetExtension(FieldBehaviorExtensions.FieldBehavior).Contains(FieldBehavior.Identifier) == true;

    private static string Word(EnumDescriptor type, int number)
    {
        var prefix = InnerCapital().Replace(type.Name, "_$0").ToUpperInvariant() + "_";
        var name = number == 0 ? "" : type.FindValueByNumber(number)?.Name ?? number.ToString(CultureInfo.InvariantCulture);
        return (name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name).ToLowerInvariant().Replace('_', '-');
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex InnerCapital();
}
