using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Donations.Tests.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Tests.Ledger;

/// <summary>Sums in cuts and grains, against sums that are made in memory.</summary>
public sealed class SumsTests : IAsyncLifetime
{
    private static readonly string[] Campaigns = ["", "press", "winter"];

    private static readonly Sums Things = new(
        "thing_sums", "things", "thing_id", "day", [("currency", "currency")], [("thing_count", "count(*)"), ("minor", "sum(minor)")], [("campaign_id", "''"), ("placement", "0")], [0, 1, 3]);

    private readonly List<Thing> _written = [];
    private readonly TemporaryDatabase _file = new(new TablesFirst(), Things);
    private readonly Random _random = new(7);

    private sealed record Thing(long ThingId, long Day, string Currency, string? CampaignId, long? Placement, long Minor);

    private Database Database => _file.Database;

    public async ValueTask InitializeAsync()
    {
        for (var batch = 0; batch < 60; batch++)
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => WriteAsync(NextThing())));
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(10_000)]
    [InlineData(int.MaxValue)]
    public void Any_interval_in_any_cut_is_what_its_rows_come_to(int coarsest)
    {
        string[][] dimensions = [[], ["campaign_id"], ["placement"], ["campaign_id", "placement"], [""]];
        for (var i = 0; i < 150; i++)
        {
            var (wanted, from, to) = (dimensions[i % dimensions.Length], i % 11 == 0 ? 0 : RandomDay(), i % 13 == 0 ? int.MaxValue : RandomDay());
            var cut = Things.Cut(wanted);
            Assert.Equal(wanted switch { [] or [""] => 0, ["campaign_id"] => 1, _ => 3 }, cut);
            var found = Database.Read(c => c.Query<(string, string, long, long, long, long)>(
                $"SELECT currency, campaign_id, placement, CASE @grain WHEN 0 THEN 0 ELSE day / @grain END, sum(thing_count), sum(minor) FROM {Things.Between} GROUP BY 1, 2, 3, 4",
                Sums.Range(cut, from, to, coarsest, new { grain = coarsest == int.MaxValue ? 0 : coarsest })).ToHashSet());
            var expected = _written.Where(t => t.Day >= from && t.Day < to)
                .GroupBy(t => (t.Currency, (cut & 1) != 0 ? t.CampaignId ?? "" : "", (cut & 2) != 0 ? t.Placement ?? 0 : 0, coarsest == int.MaxValue ? 0 : t.Day / coarsest))
                .Select(g => (g.Key.Currency, g.Key.Item2, g.Key.Item3, g.Key.Item4, (long)g.Count(), g.Sum(t => t.Minor))).ToHashSet();
            Assert.True(expected.SetEquals(found), $"from {from} to {to} by {coarsest}, cut {cut}");
        }
    }

    [Fact]
    public void Whole_years_are_read_as_years() => Assert.Equal(
        "20231105-20231201 202312-202401 2024-2026 202601-202603 20260301-20260304", Spans(20231105, 20260304, int.MaxValue));

    [Theory]
    [InlineData(20260101, 20270101, int.MaxValue, "2026-2027")]
    [InlineData(20260101, 20261232, int.MaxValue, "2026-2027")]
    [InlineData(20260101, 20270101, 100, "202601-202701")]
    [InlineData(20260101, 20270101, 1, "20260101-20270101")]
    [InlineData(20261105, 20261120, int.MaxValue, "20261105-20261120")]
    [InlineData(20261105, 20261201, int.MaxValue, "20261105-20261201")]
    [InlineData(20261224, 20270102, 10_000, "20261224-20270102")]
    public void Spans_are_as_coarse_as_they_may_be(int from, int to, int coarsest, string expected) => Assert.Equal(expected, Spans(from, to, coarsest));

    [Fact]
    public async Task What_a_failing_unit_wrote_is_in_no_sum()
    {
        var before = Counted();
        using var hold = new ManualResetEventSlim();
        var first = Database.WriteAsync((SqliteConnection _) => hold.Wait(TimeSpan.FromSeconds(20)));
        var kept = WriteAsync(NextThing());
        var failing = Database.WriteAsync((SqliteConnection c) =>
        {
            Insert(c, NextThing());
            throw new InvalidOperationException("mine");
        });
        // Reads sums itself, and fails after that.
        var reading = Database.WriteAsync((SqliteConnection c) =>
        {
            Insert(c, NextThing());
            Things.Run(c);
            throw new InvalidOperationException("mine too");
        });
        var last = WriteAsync(NextThing());
        hold.Set();
        await Task.WhenAll(first, kept, last);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        await Assert.ThrowsAsync<InvalidOperationException>(() => reading);
        Assert.Equal(before + 2, Counted());
        Assert.Equal(0, Database.Read(Things.Differences));
    }

    [Fact]
    public async Task Rows_that_cannot_be_summed_undo_their_own_unit_only()
    {
        using var hold = new ManualResetEventSlim();
        var first = Database.WriteAsync((SqliteConnection _) => hold.Wait(TimeSpan.FromSeconds(20)));
        var kept = WriteAsync(NextThing());
        var failing = WriteAsync(NextThing() with { Day = -1 }, "UPDATE things SET day = NULL WHERE thing_id = @ThingId");
        var last = WriteAsync(NextThing());
        hold.Set();
        await Task.WhenAll(first, kept, last);
        Assert.Contains("thing_sums.period", (await Assert.ThrowsAsync<SqliteException>(() => failing)).Message, StringComparison.Ordinal);
        Assert.Equal(602, Database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM things")));
        Assert.Equal(0, Database.Read(Things.Differences));
    }

    [Fact]
    public async Task Every_level_is_verified_and_rebuilt()
    {
        Assert.Equal(0, Database.Read(Things.Differences));
        foreach (var (cut, where) in new[] { (3, "period > 9999999"), (0, "period > 9999999"), (1, "period BETWEEN 10000 AND 999999"), (0, "period < 10000") })
        {
            await Database.WriteAsync(c => c.Execute($"UPDATE thing_sums SET minor = minor + 1 WHERE rowid IN (SELECT rowid FROM thing_sums WHERE cut = {cut} AND {where} LIMIT 1)"));
            Assert.InRange(Database.Read(Things.Differences), 2, 10);
            await Database.WriteAsync(c => { Insert(c, NextThing()); Things.Rebuild(c); });
            Assert.Equal(0, Database.Read(Things.Differences));
        }
    }

    private static string Spans(long from, long to, int coarsest)
    {
        var range = Sums.Range(0, from, to, coarsest);
        return string.Join(' ', from i in Enumerable.Range(0, 5)
                                let span = (From: range.Get<long>($"From{i}"), To: range.Get<long>($"To{i}"))
                                where span.From < span.To
                                orderby span.From > 9_999_999 ? span.From : span.From > 9999 ? span.From * 100 : span.From * 10_000
                                select $"{span.From}-{span.To}");
    }

    private int RandomDay() => BookCalendar.ToDay(new DateOnly(2023, 1, 1).AddDays(_random.Next(1200)));

    private Thing NextThing() => new(
        _random.NextInt64(long.MaxValue), RandomDay(), _random.Next(2) == 0 ? "USD" : "EUR", Campaigns[_random.Next(3)] is { Length: > 0 } campaign ? campaign : null, _random.Next(3) is > 0 and var placement ? placement : null,
        _random.Next(-500, 1000));

    private Task WriteAsync(Thing thing, string more = "SELECT 1")
    {
        if (thing.Day > 0)
            _written.Add(thing);
        return Database.WriteAsync((SqliteConnection c) =>
        {
            Insert(c, thing);
            c.Execute(more, thing);
        });
    }

    private static void Insert(SqliteConnection connection, Thing thing)
    {
        connection.Execute("INSERT INTO things VALUES (@ThingId, @Day, @Currency, @CampaignId, @Placement, @Minor)", thing);
        Things.Add(connection, thing.ThingId);
    }

    private long Counted() => Database.Read(c => c.ExecuteScalar<long>("SELECT sum(thing_count) FROM thing_sums WHERE cut = 0 AND period < 10000"));

    private sealed class TablesFirst : ICommitStep
    {
        public void Prepare(SqliteConnection connection) => connection.Execute(
            """
            CREATE TABLE things (thing_id INTEGER PRIMARY KEY, day INTEGER, currency TEXT NOT NULL, campaign_id TEXT, placement INTEGER, minor INTEGER NOT NULL) STRICT;
            CREATE TABLE thing_sums (cut INTEGER NOT NULL, period INTEGER NOT NULL, currency TEXT NOT NULL, campaign_id TEXT NOT NULL, placement INTEGER NOT NULL, thing_count INTEGER NOT NULL, minor INTEGER NOT NULL,
              PRIMARY KEY (cut, period, currency, campaign_id, placement)) STRICT;
            """);

        public void Run(SqliteConnection connection)
        {
        }
    }
}
