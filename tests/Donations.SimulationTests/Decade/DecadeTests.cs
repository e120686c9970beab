namespace Donations.SimulationTests.Decade;

/// <summary>
/// Ten years of a newsroom's readers, with refunds, disputes, failed renewals and drifting rates: every report is what a slow and simple checker makes of the
/// objects of Stripe's account, to the cent and the count, and 1010 is Stripe's balance on every day.
/// </summary>
public sealed class DecadeTests(ITestOutputHelper output)
{
    [Fact]
    public Task Ten_years_each_currency_settled_in_itself() => LiveAsync(new() { PayoutIntervalDays = 7 });

    [Fact]
    public async Task Ten_years_all_converted_with_and_without_three_percent_of_the_webhooks()
    {
        var options = new DecadeOptions { Seed = 2, SettlementCurrency = "usd" };
        var whole = await LiveAsync(options);
        var dropped = await LiveAsync(options with { DropRate = 0.03 });
        // What only the order of arrival decides, numbers and ids, is left out; what is booked, and on which day, is not.
        var differences = new Differences();
        differences.Compare("entries with webhooks dropped", whole, dropped);
        differences.Found.ToList().ForEach(Tell);
        Assert.Empty(differences.Found);
    }

    /// <summary>Lives through it and checks it; answers with the entries.</summary>
    private async Task<IReadOnlyList<string>> LiveAsync(DecadeOptions options)
    {
        await using var world = await DecadeWorld.StartAsync(options);
        await DecadeCatalog.CreateAsync(world);
        var people = new DecadePeople(world, options);
        var run = new DecadeRun(world, people, new(world, people, options), options);
        await run.GoAsync(Tell);
        if (options.DropRate > 0)
            await world.ReconcileAsync();
        Tell($"{options}");
        Tell($"{run.Elapsed.TotalSeconds:0} s: " + string.Join(", ", world.Spent.OrderByDescending(s => s.Value).Where(s => s.Value.TotalSeconds >= 0.5).Select(s => $"{s.Key} {s.Value.TotalSeconds:0.0}")));
        Tell(string.Join(", ", people.Done.Select(d => $"{d.Value} × {d.Key}")));

        var clock = System.Diagnostics.Stopwatch.StartNew();
        var plain = new PlainBooks(world, people, run);
        var differences = new Differences();
        await new LedgerChecks(plain, world, options, differences).RunAsync();
        await new BalanceChecks(plain, world, options, differences).RunAsync();
        await new PledgeChecks(plain, world, options, differences).RunAsync();
        Tell($"checked in {clock.Elapsed.TotalSeconds:0} s, rows: " + string.Join(", ", differences.Compared.Select(c => $"{c.Key} {c.Value}")));
        foreach (var difference in differences.Found)
            Tell(difference);
        Assert.Empty(run.WrongDays);
        Assert.Empty(differences.Found);
        return Entries(world);
    }

    /// <summary>Every entry without ids: day, source, what happened, and its lines with their dimensions.</summary>
    private static IReadOnlyList<string> Entries(DecadeWorld world) => [.. world.Query<(long Entry, string Text)>(
        """
        SELECT e.entry_id, e.book_date || ' ' || e.source_kind || ' ' || e.transition || ' ' || e.fact_time_us || ': ' || group_concat(l.account || ' ' || (l.debit_minor - l.credit_minor) || ' ' || l.currency || ' '
          || coalesce(l.campaign_id, '') || ' ' || coalesce(l.fund, '') || ' ' || coalesce(l.placement, 0) || ' ' || coalesce(l.method, '') || ' ' || coalesce(l.original_minor, '') || ' ' || coalesce(l.exchange_rate, ''), '; ' ORDER BY l.line)
        FROM journal_entries e JOIN journal_lines l USING (entry_id) GROUP BY e.entry_id
        """).Select(e => e.Text)];

    private void Tell(string what)
    {
        output.WriteLine(what);
        Console.WriteLine(what);
    }
}
