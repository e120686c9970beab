using Spectre.Console;

namespace Donations.Cli.Reports;

/// <summary>A series as bars of blocks, with exact figures beside them: a chart's own labels would pass through floats.</summary>
internal static class Bars
{
    /// <summary>Beyond this a bar says no more.</summary>
    private const int MaxBar = 60;

    /// <summary>More points than a page has lines: the newest are shown.</summary>
    private const int MaxPoints = 40;

    private const int Eighths = 8;
    private const string Blocks = " ▏▎▍▌▋▊▉";

    public static void Write(IAnsiConsole console, Series series, int width)
    {
        var points = series.Points.TakeLast(MaxPoints).ToList();
        if (points.Count == 0)
            return;
        var labels = Math.Min(points.Max(p => p.Label.Length), Math.Max(10, width / 3));
        var figures = points.Max(p => p.Shown.Length);
        var room = Math.Clamp(width - labels - figures - 4, 1, MaxBar);
        var most = points.Max(p => Math.Abs(p.Value));
        var left = series.Points.Count - points.Count;
        console.WriteLine();
        console.MarkupLine($"[bold]{Markup.Escape(series.Title)}[/]{(left > 0 ? $" (the last {points.Count}; {left} before)" : "")}");
        foreach (var (label, value, shown) in points)
        {
            var bar = Bar(most == 0 ? 0 : Math.Abs(value) / most, room, console.Profile.Capabilities.Unicode);
            var name = label.Length > labels ? label[..(labels - 1)] + "…" : label.PadRight(labels);
            console.MarkupLine($"{Markup.Escape(name)} {shown.PadLeft(figures)} [{(value < 0 ? "red" : "green")}]{bar}[/]");
        }
    }

    /// <summary>A part of a whole in blocks, to an eighth of one. What is not nothing is seen.</summary>
    public static string Bar(decimal part, int room, bool unicode)
    {
        if (!unicode)
            return new('#', part > 0 ? Math.Max(1, (int)(part * room)) : 0);
        var eighths = (int)Math.Round(part * room * Eighths);
        if (part > 0 && eighths == 0)
            eighths = 1;
        var rest = eighths % Eighths;
        return new string('█', eighths / Eighths) + (rest == 0 ? "" : Blocks[rest].ToString());
    }
}
