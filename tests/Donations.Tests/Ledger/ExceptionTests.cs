using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Kind = Donations.V1.ReconciliationException.Types.Kind;
using State = Donations.V1.ReconciliationException.Types.State;

namespace Donations.Tests.Ledger;

/// <summary>What did not agree, by time, state and kind.</summary>
public sealed class ExceptionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private Scenario _scenario = null!;

    private Database Database => _scenario.Server.Services.GetRequiredService<Database>();

    public async ValueTask InitializeAsync()
    {
        _scenario = await Scenario.StartAsync();
        var exceptions = _scenario.Server.Services.GetRequiredService<ExceptionStore>();
        for (var day = 0; day < 4; day++)
        {
            _scenario.Time.AdjustTime(Day.AddDays(day));
            var id = $"{day}";
            await Database.WriteAsync((SqliteConnection c) =>
            {
                exceptions.Open(c, Kind.Unmapped, $"open {id}", null, "waits");
                exceptions.Healed(c, Kind.Late, $"late {id}", null, "is healed");
            });
        }
    }

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    [Fact]
    public async Task An_interval_is_half_open_and_goes_with_state_and_kind()
    {
        Assert.Equal(["late 2", "late 1", "open 2", "open 1"], await ListAsync(new() { Interval = Days(1, 3) }));
        Assert.Equal(["late 2", "late 1"], await ListAsync(new() { Interval = Days(1, 3), Kind = Kind.Late }));
        Assert.Equal(["open 2", "open 1"], await ListAsync(new() { Interval = Days(1, 3), State = State.Open }));
        Assert.Empty(await ListAsync(new() { Interval = Days(1, 3), State = State.Open, Kind = Kind.Late }));
        Assert.Equal(["late 3", "late 2"], await ListAsync(new() { Interval = new() { StartTime = Days(2, 3).StartTime }, Kind = Kind.Late }));
        Assert.Equal(["late 1", "late 0"], await ListAsync(new() { Interval = new() { EndTime = Days(2, 3).StartTime }, Kind = Kind.Late }));
        Assert.Equal(4, (await ListAsync(new() { Kind = Kind.Late })).Count);
    }

    [Fact]
    public async Task An_interval_that_ends_before_it_starts_is_refused() =>
        Assert.Equal(["interval"], (await Errors.OfAsync(() => _scenario.Ledger.ListExceptionsAsync(new() { Interval = Days(3, 1) }, _scenario.Server.As("finance")))).Fields());

    [Theory]
    [InlineData(State.Unspecified, Kind.Unspecified, "PRIMARY KEY")]
    [InlineData(State.Open, Kind.Unspecified, "exceptions_by_state")]
    [InlineData(State.Unspecified, Kind.Late, "exceptions_by_kind")]
    [InlineData(State.Healed, Kind.Late, "exceptions_by_")]
    public void An_index_serves_each_filter(State state, Kind kind, string index)
    {
        var plan = Database.Read(c => string.Join("; ", c.Query("EXPLAIN QUERY PLAN " + ExceptionStore.ListSql(state, kind), new { state, kind, after = "", before = "~", limit = 10 }).Select(r => (string)r.detail)));
        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN", plan, StringComparison.Ordinal);
    }

    private static Google.Type.Interval Days(int from, int to) => new() { StartTime = Timestamp.FromDateTimeOffset(Day.AddDays(from)), EndTime = Timestamp.FromDateTimeOffset(Day.AddDays(to)) };

    /// <summary>What they are about, by kind and newest first, read a page of two at a time.</summary>
    private async Task<List<string>> ListAsync(ListExceptionsRequest request)
    {
        var found = new List<ReconciliationException>();
        request.PageSize = 2;
        do
        {
            var page = await _scenario.Ledger.ListExceptionsAsync(request, _scenario.Server.As("finance"));
            found.AddRange(page.Exceptions);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(found.OrderByDescending(e => e.CreateTime.ToDateTimeOffset()).Select(e => e.CreateTime), found.Select(e => e.CreateTime));
        return [.. found.OrderBy(e => e.Kind == Kind.Unmapped).Select(e => e.ObjectId)];
    }
}
