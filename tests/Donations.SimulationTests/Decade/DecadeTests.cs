namespace Donations.SimulationTests.Decade;

/// <summary>Ten years of a newsroom's readers; see docs/finance.md.</summary>
public sealed class DecadeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Ten_years_end_with_books_that_a_slow_and_simple_checker_has_too()
    {
        await using var world = await DecadeWorld.StartAsync(new());
        var options = new DecadeOptions();
        await DecadeCatalog.CreateAsync(world);
        var people = new DecadePeople(world, options);
        var run = new DecadeRun(world, people, new(world, people, options), options);
        await run.GoAsync(Tell);
        Tell($"{options.Donors} donors: {run.Elapsed.TotalSeconds:0} s. " + string.Join(", ", world.Spent.OrderByDescending(s => s.Value).Select(s => $"{s.Key} {s.Value.TotalSeconds:0.0}")));
        Tell(string.Join(", ", people.Done.Select(d => $"{d.Value} × {d.Key}")));
        Tell(string.Join("\n", world.Calls.OrderByDescending(c => c.Value).Take(25).Select(c => $"{c.Value} {c.Key}")));
        Tell(string.Join("\n", world.Query<(string, long)>("SELECT type, count(*) FROM inbox_events GROUP BY 1 ORDER BY 2 DESC LIMIT 30").Select(e => $"{e}")));
        Assert.Empty(run.WrongDays);
    }

    private void Tell(string what)
    {
        output.WriteLine(what);
        TestContext.Current.SendDiagnosticMessage(what);
        Console.WriteLine(what);
    }
}
