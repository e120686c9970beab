using System.CommandLine;
using Google.Protobuf;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>How a list is shown: a table, or one JSON object a line, for jq and its like.</summary>
internal sealed class Listing
{
    private const int MaxPage = 1000;
    private readonly Option<string> _format = new("--format") { Description = "table, or json: one object a line", DefaultValueFactory = _ => "table" };

    public Listing() => _format.AcceptOnlyFromAmong("table", "json");

    public void AddTo(Command command) => command.Options.Add(_format);

    /// <summary>Writes items; the caption is told beside a table only.</summary>
    public void Write<T>(ParseResult parsed, IReadOnlyList<T> items, Func<IReadOnlyList<T>, Table> table, string caption)
        where T : IMessage => Write(parsed, items, table, item => JsonFormatter.Default.Format(item), caption);

    public void Write<T>(ParseResult parsed, IReadOnlyList<T> items, Func<IReadOnlyList<T>, Table> table, Func<T, string> json, string caption)
    {
        if (IsJson(parsed))
        {
            foreach (var item in items)
                parsed.InvocationConfiguration.Output.WriteLine(json(item));
            return;
        }

        Terminal.Out(parsed).Write(table(items).Caption(Markup.Escape(items.Count == 0 ? $"Nothing found. {caption}" : caption)));
    }

    /// <summary>Writes messages with the columns named; those that are empty in all of them, or have no room, are left out; of what is to be kept the last named first.</summary>
    public void Write<T>(ParseResult parsed, IReadOnlyList<T> items, string[] columns, string[] keep, string caption)
        where T : IMessage
    {
        var console = Terminal.Out(parsed);
        if (IsJson(parsed))
        {
            foreach (var item in items)
                parsed.InvocationConfiguration.Output.WriteLine(JsonFormatter.Default.Format(item));
            return;
        }

        if (items.Count == 0)
        {
            console.WriteLine("Nothing found");
            return;
        }

        var table = new MessageTable([.. items.Cast<IMessage>()], [], columns, TimeZoneInfo.Utc, keep, dropEmpty: true);
        console.Write(table.Fit(console.Profile.Width));
        if (caption.Length > 0)
            console.WriteLine(caption);
        if (table.LeftOut.Count > 0)
            console.WriteLine($"Not shown for want of room: {string.Join(", ", table.LeftOut)} (a wider terminal, or --format json)");
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_format) == "json";

    /// <summary>Writes one message as fields, each on a line; with its lines of a table below, where it has some.</summary>
    public void WriteOne(ParseResult parsed, IMessage item, params IReadOnlyList<IMessage> lines)
    {
        if (IsJson(parsed))
        {
            parsed.InvocationConfiguration.Output.WriteLine(JsonFormatter.Default.Format(item));
            return;
        }

        var console = Terminal.Out(parsed);
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        foreach (var column in MessageColumns.Of(item.Descriptor, TimeZoneInfo.Utc))
        {
            if (column.Cell(item) is { Length: > 0 } text)
                grid.AddRow(new Text(column.Heading), new Text(text));
        }

        console.Write(grid);
        if (lines.Count > 0)
            console.Write(new MessageTable(lines, [], [], TimeZoneInfo.Utc).Fit(console.Profile.Width));
    }

    /// <summary>Items of all pages, up to a limit.</summary>
    public static async Task<List<T>> PagesAsync<T>(int limit, Func<int, string, Task<(IEnumerable<T> Items, string Next)>> ask)
    {
        var found = new List<T>();
        var token = "";
        do
        {
            var (items, next) = await ask(Math.Min(limit, MaxPage), token);
            found.AddRange(items);
            token = next;
        }
        while (token.Length > 0 && found.Count < limit);
        return found.Count > limit ? found[..limit] : found;
    }

    /// <summary>The option that cuts a list.</summary>
    public static Option<int> LimitOption(int byDefault)
    {
        var limit = new Option<int>("--limit") { Description = "How many at most, newest first", DefaultValueFactory = _ => byDefault };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--limit must be more than zero");
        });
        return limit;
    }
}
