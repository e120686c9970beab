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
            await server.CallsPerMinuteAsync(report);
            await Measure.CompareAsync($"P5 {report.Name}, {payments:N0} payments", "calls/min", Goal, rounds, () => Task.Run(() => server.BareReadsPerMinute(report.Bare!)), () => server.CallsPerMinuteAsync(report));
        }
    }
}

/// <summary>P7: the same calls on the books of ten thousand pledges and on those of many.</summary>
internal static class GrowthBenchmark
{
    /// <summary>Payments that ten thousand pledges make in these books: one-time gifts are pledges too.</summary>
    private const int Few = 28_000;

    /// <summary>At most 1.3 times the time.</summary>
    private const double Goal = 1 / 1.3;

    public static async Task RunAsync(GeneratedBooks books, int payments, int rounds)
    {
        await using var few = await ReportServer.StartAsync(books, Few);
        await using var many = await ReportServer.StartAsync(books, payments);
        foreach (var report in ReportCase.All)
        {
            await few.CallsPerMinuteAsync(report);
            await many.CallsPerMinuteAsync(report);
            await Measure.CompareAsync($"P7 {report.Name}, {Few:N0} and {payments:N0} payments", "calls/min", Goal, rounds, () => few.CallsPerMinuteAsync(report), () => many.CallsPerMinuteAsync(report));
        }
    }
}
