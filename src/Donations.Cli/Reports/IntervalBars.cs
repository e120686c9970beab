using Spectre.Console;

namespace Donations.Cli.Reports;

/// <summary>Intervals under each other on one scale, with exact figures beside them: what overlaps is seen to.</summary>
internal static class IntervalBars
{
    /// <summary>Beyond this a bar says no more.</summary>
    private const int MaxBar = 60;

    private const int MinBar = 10;

    /// <summary>More lines than a page has.</summary>
    private const int MaxPoints = 40;

    public static void Write(IAnsiConsole console, string title, IReadOnlyList<(string Label, decimal Low, decimal Value, decimal High, string Shown)> points, int width)
    {
        if (points.Count == 0)
            return;
        points = [.. points.Take(MaxPoints)];
        var labels = Math.Min(points.Max(p => p.Label.Length), Math.Max(10, width / 3));
        var figures = points.Max(p => p.Shown.Length);
        var room = Math.Clamp(width - labels - figures - 4, MinBar, MaxBar);
        var (least, most) = (points.Min(p => p.Low), points.Max(p => p.High));
        console.WriteLine();
        console.MarkupLine($"[bold]{Markup.Escape(title)}[/]");
        foreach (var (label, low, value, high, shown) in points)
        {
            var name = label.Length > labels ? label[..(labels - 1)] + "…" : label.PadRight(labels);
            console.MarkupLine($"{Markup.Escape(name)} {Markup.Escape(shown.PadLeft(figures))} [green]{Markup.Escape(Bar(low, value, high, (least, most), room, console.Profile.Capabilities.Unicode))}[/]");
        }
    }

    /// <summary>From the low end to the high one, with a mark at the value.</summary>
    public static string Bar(decimal low, decimal value, decimal high, (decimal Least, decimal Most) scale, int room, bool unicode)
    {
        int At(decimal number) => scale.Most == scale.Least ? 0 : (int)Math.Round((number - scale.Least) / (scale.Most - scale.Least) * (room - 1));
        var (line, end, mark) = unicode ? ('─', '│', '●') : ('-', '|', 'o');
        var bar = new string(' ', At(low)) + new string(line, At(high) - At(low) + 1);
        char[] drawn = [.. bar];
        (drawn[At(low)], drawn[^1]) = (end, end);
        drawn[At(value)] = mark;
        return new(drawn);
    }
}
