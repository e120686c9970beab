using Donations.Benchmarks.Books;

namespace Donations.Benchmarks;

/// <summary>P5: each summary report, over gRPC, beside the least that it must read, bare.</summary>
internal static class ReportBenchmark
{
    /// <summary>At most three times the time of the bare read.</summary>
    private const double Goal = 1.0 / 3;

    public static async Task RunAsync(GeneratedBooks books, int payments, int rounds)
    {
        await using var server = await ReportServer.StartAsync(books, payments);
        foreach (var report in ReportCase.All.Where(r => r.Bare is not null))
        {
            await server.CallsPerSecondAsync(report);
            await Measure.CompareAsync($"P5 {report.Name}, {payments:N0} payments", "calls/s", Goal, rounds, () => Task.Run(() => server.BareReadsPerSecond(report.Bare!)), () => server.CallsPerSecondAsync(report));
        }
    }
}

/// <summary>P7: the same calls on ten thousand payments and on many.</summary>
internal static class GrowthBenchmark
{
    private const int Few = 10_000;

    /// <summary>At most 1.3 times the time.</summary>
    private const double Goal = 1 / 1.3;

    public static async Task RunAsync(GeneratedBooks books, int payments, int rounds)
    {
        await using var few = await ReportServer.StartAsync(books, Few);
        await using var many = await ReportServer.StartAsync(books, payments);
        foreach (var report in ReportCase.All)
        {
            await few.CallsPerSecondAsync(report);
            await many.CallsPerSecondAsync(report);
            await Measure.CompareAsync($"P7 {report.Name}, {Few:N0} and {payments:N0} payments", "calls/s", Goal, rounds, () => few.CallsPerSecondAsync(report), () => many.CallsPerSecondAsync(report));
        }
    }
}
