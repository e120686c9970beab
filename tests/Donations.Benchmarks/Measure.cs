using System.Diagnostics;
using Grpc.Net.Client;
using Spectre.Console;

namespace Donations.Benchmarks;

/// <summary>What a round came to.</summary>
/// <param name="Speed">Units a second, or a minute where the benchmark says so.</param>
/// <param name="Micros">Processor time of this process for each unit (client, server and bookkeeping alike): it holds where others use the machine too. Null: not measured.</param>
internal readonly record struct Rate(double Speed, double? Micros = null)
{
    /// <summary>The same round, counted in smaller units.</summary>
    public static Rate operator *(Rate rate, int units) => new(rate.Speed * units, rate.Micros / units);

    public static implicit operator Rate(double speed) => new(speed);
}

/// <summary>Load from closed loops, and the table that shows what came of it.</summary>
internal static class Measure
{
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(4);

    /// <summary>In three seconds a fifth of the processor's time still went to the compiler.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);

    /// <summary>Counts what a round does.</summary>
    public static async Task<Rate> RateAsync(Func<Stopwatch, Task<long>> round)
    {
        var before = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var units = await round(watch);
        return new(units / watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / units);
    }

    /// <summary>Calls per second of so many connections with so many calls in flight on each.</summary>
    public static async Task<Rate> CallsPerSecondAsync(Uri address, int connections, int streams, TimeSpan time, Func<GrpcChannel, Func<Task>> prepare)
    {
        var channels = Enumerable.Range(0, connections).Select(_ => GrpcChannel.ForAddress(address, new() { HttpHandler = new SocketsHttpHandler() })).ToArray();
        try
        {
            return await RateAsync(async watch => (await Task.WhenAll(channels.SelectMany(channel => Enumerable.Range(0, streams).Select(_ => Task.Run(async () =>
            {
                var call = prepare(channel);
                var mine = 0L;
                for (; watch.Elapsed < time; mine++)
                    await call();
                return mine;
            }))))).Sum());
        }
        finally
        {
            foreach (var channel in channels)
                channel.Dispose();
        }
    }

    /// <summary>Measures limit and ours in turns and prints both medians with their ratio beside the goal.</summary>
    public static async Task CompareAsync(string name, string unit, double goal, int rounds, Func<Task<Rate>> limit, Func<Task<Rate>> ours)
    {
        var (limits, own) = (new List<Rate>(), new List<Rate>());
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
        var ratios = limits.Zip(own, (l, o) => o.Speed / l.Speed).ToList();
        AnsiConsole.MarkupLineInterpolated($"[bold]{name}[/]: ratio {Median(ratios):P0} (min {ratios.Min():P0}, max {ratios.Max():P0}; goal {goal:P0})");
        AnsiConsole.MarkupLineInterpolated($"  limit {Text(limits)}; ours {Text(own)}");

        string Text(List<Rate> rates) => $"{Median(rates.ConvertAll(r => r.Speed)):N0} {unit}"
            + (rates.TrueForAll(r => r.Micros is not null) ? $" at {Median(rates.ConvertAll(r => r.Micros!.Value)):N1} µs of processor time each" : "");
    }

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
