using System.Diagnostics;
using Grpc.Net.Client;
using Spectre.Console;

namespace Donations.Benchmarks;

/// <summary>Load from closed loops, and the table that shows what came of it.</summary>
internal static class Measure
{
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(4);

    /// <summary>Calls per second of so many connections with so many calls in flight on each.</summary>
    public static async Task<double> CallsPerSecondAsync(Uri address, int connections, int streams, TimeSpan time, Func<GrpcChannel, Func<Task>> prepare)
    {
        var channels = Enumerable.Range(0, connections).Select(_ => GrpcChannel.ForAddress(address, new() { HttpHandler = new SocketsHttpHandler() })).ToArray();
        try
        {
            long calls = 0;
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(channels.SelectMany(channel => Enumerable.Range(0, streams).Select(_ => Task.Run(async () =>
            {
                var call = prepare(channel);
                var mine = 0L;
                for (; watch.Elapsed < time; mine++)
                    await call();
                Interlocked.Add(ref calls, mine);
            }))));
            return calls / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            foreach (var channel in channels)
                channel.Dispose();
        }
    }

    /// <summary>Measures limit and ours in turns and prints both medians with their ratio beside the goal.</summary>
    public static async Task CompareAsync(string name, string unit, double goal, int rounds, Func<Task<double>> limit, Func<Task<double>> ours)
    {
        var (limits, own) = (new List<double>(), new List<double>());
        await AnsiConsole.Progress().StartAsync(async progress =>
        {
            var task = progress.AddTask(Markup.Escape(name), maxValue: rounds * 2);
            for (var i = 0; i < rounds; i++)
            {
                limits.Add(await limit());
                task.Increment(1);
                own.Add(await ours());
                task.Increment(1);
            }
        });
        var ratios = limits.Zip(own, (l, o) => o / l).ToList();
        AnsiConsole.MarkupLineInterpolated($"[bold]{name}[/]: limit {Median(limits):N0} {unit}, ours {Median(own):N0} {unit}, ratio {Median(ratios):P0} (min {ratios.Min():P0}, max {ratios.Max():P0}; goal {goal:P0})");
    }

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
