using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;
using Money = Google.Type.Money;

namespace Donations.Cli;

/// <summary>Columns and cells that all tables share: texts to the left, numbers to the right, no borders that a terminal would have to wrap.</summary>
internal static class Cells
{
    public static Table Columns(string[] texts, string[] numbers)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var text in texts)
            table.AddColumn(new TableColumn(text).NoWrap());
        foreach (var number in numbers)
            table.AddColumn(new TableColumn(number).RightAligned().NoWrap());
        return table;
    }

    public static Text Text(string text) => new(text);

    public static Text Number(Money? money) => new(Decimal(money));

    public static Text Number(long count) => new(count.ToString(CultureInfo.InvariantCulture));

    public static Text Amount(Money money) => new($"{Decimal(money)} {money.CurrencyCode}");

    public static Text Time(Timestamp? time) => new(time is null ? "" : time.ToDateTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));

    public static Text Day(Timestamp time) => new(time.ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public static string Day(Google.Type.Date? date) => date is null ? "" : $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}";

    /// <summary>The id at the end of a resource name.</summary>
    public static string Last(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>A plain decimal, exact: units and nanos are put together as text.</summary>
    public static string Decimal(Money? money)
    {
        if (money is null)
            return "";
        var sign = money.Units < 0 || money.Nanos < 0 ? "-" : "";
        var nanos = Math.Abs(money.Nanos).ToString("D9", CultureInfo.InvariantCulture);
        var decimals = nanos.TrimEnd('0').Length;
        return $"{sign}{Math.Abs((decimal)money.Units):F0}.{nanos[..Math.Max(decimals, 2)]}";
    }
}
