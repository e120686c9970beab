using Dapper;
using Donations.Server.Appeals;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.Tests.Campaigns;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Donations.Tests.Appeals;

/// <summary>Hourly epochs: made once, the same for everybody, for good.</summary>
public sealed class BanditEpochTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new(2026, 11, 24, 9, 10, 0, TimeSpan.Zero));
    private TestServer _server = null!;

    private Database Database => _server.Services.GetRequiredService<Database>();

    private BanditEpochs Epochs => _server.Services.GetRequiredService<BanditEpochs>();

    private long Now => BanditEpochs.EpochOf(_time.NowMicros());

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(new() { Time = _time });
        await _server.Services.GetRequiredService<OperationsWorker>().PauseAsync();
        var draft = await _server.DraftAsync("tried", new(CampaignSamples.Campaign(9)) { Allocation = Allocation.Bandit });
        await _server.TierAsync(draft.Name, "five");
        await _server.AppealAsync(draft.Name, "main", CampaignSamples.Appeal(weight: 3));
        await _server.AppealAsync(draft.Name, "other");
        await _server.AppealAsync(draft.Name, "alone", CampaignSamples.Appeal(Placement.App));
        await _server.PublishAsync(draft.Name);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task PlanAsync() => _server.Services.GetServices<IChore>().OfType<PlanBanditEpochs>().Single().RunAsync(CancellationToken.None);

    private async Task<List<(string Appeal, ExperimentGroup Group)>> SeenAsync()
    {
        var seen = new List<(string, ExperimentGroup)>();
        for (var visitor = 0; visitor < 400; visitor++)
        {
            var view = (await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, Currency = "USD", VisitorNumber = visitor })).Appeal;
            seen.Add((view.Appeal, view.Attribution.ExperimentGroup));
        }

        return seen;
    }

    [Fact]
    public async Task The_editors_weights_hold_until_there_is_enough_and_then_the_better_is_shown_more()
    {
        await CountAsync("main", views: 900, gifts: 10);
        await CountAsync("other", views: 900, gifts: 30);
        await Epochs.PlanAsync(Now + 1, CancellationToken.None);
        Assert.Equal("main 7500 other 2500", Show(Now + 1));
        Assert.Null(Epochs.Weights("tried", Placement.Banner, "EUR", Now + 1));
        Assert.Null(Epochs.Weights("tried", Placement.App, "USD", Now + 1));
        Assert.Null(Epochs.Weights("press-in-exile", Placement.Banner, "USD", Now + 1));

        await CountAsync("main", views: 900, gifts: 10);
        await CountAsync("other", views: 900, gifts: 30);
        await Epochs.PlanAsync(Now + 2, CancellationToken.None);
        var weights = Epochs.Weights("tried", Placement.Banner, "USD", Now + 2)!;
        Assert.True(weights["other"] > 9_000 && weights["main"] >= BanditWeights.Least, Show(Now + 2));
        Assert.Equal(BanditWeights.Whole, weights.Values.Sum());
    }

    [Fact]
    public async Task What_was_planned_first_stays_on_every_node_and_after_a_restart()
    {
        await CountAsync("main", views: 2_000, gifts: 60);
        await CountAsync("other", views: 2_000, gifts: 20);
        await Epochs.PlanAsync(Now + 1, CancellationToken.None);
        var first = Show(Now + 1);

        await CountAsync("other", views: 2_000, gifts: 500);
        await Epochs.PlanAsync(Now + 1, CancellationToken.None);
        Assert.Equal(first, Show(Now + 1));
        // Another node, which would plan otherwise now.
        var other = new BanditEpochs(Database, _server.Services.GetRequiredService<BanditTrials>(), _time);
        await other.PlanAsync(Now + 1, CancellationToken.None);
        Assert.Equal(first, Show(Now + 1, other));
        await _server.RestartAsync();
        Assert.Equal(first, Show(Now + 1));
        await Epochs.PlanAsync(Now + 2, CancellationToken.None);
        Assert.NotEqual(first, Show(Now + 2));
    }

    [Fact]
    public async Task A_node_that_starts_has_the_current_epoch_and_the_chore_the_next()
    {
        await CountAsync("main", views: 2_000, gifts: 60);
        await CountAsync("other", views: 2_000, gifts: 20);
        Assert.Null(Epochs.Weights("tried", Placement.Banner, "USD", Now));
        await _server.RestartAsync();
        var current = Show(Now);
        Assert.StartsWith("main 9", current, StringComparison.Ordinal);

        // Not before the last quarter of the hour.
        await PlanAsync();
        Assert.Null(Epochs.Weights("tried", Placement.Banner, "USD", Now + 1));
        _time.Advance(TimeSpan.FromMinutes(40));
        await PlanAsync();
        Assert.StartsWith("main 9", Show(Now + 1), StringComparison.Ordinal);
        Assert.Equal(current, Show(Now));
        // The hour passes: what was the next epoch is the current one, and the one before is still known for a moment.
        var next = Show(Now + 1);
        _time.Advance(TimeSpan.FromHours(1));
        Epochs.Refresh();
        Assert.Equal((next, current), (Show(Now), Show(Now - 1)));
    }

    [Fact]
    public async Task Readers_see_what_the_epoch_says_and_the_control_share_what_the_editor_says()
    {
        await CountAsync("main", views: 2_000, gifts: 20);
        await CountAsync("other", views: 2_000, gifts: 60);
        await PlanAsync();
        // The hour in which the trial began stays with the editor's weights, also after a restart.
        Assert.Null(Epochs.Weights("tried", Placement.Banner, "USD", Now));
        var before = await SeenAsync();
        await _server.RestartAsync();
        await _server.Services.GetRequiredService<OperationsWorker>().PauseAsync();
        Assert.Equal(before, await SeenAsync());

        _time.Advance(TimeSpan.FromMinutes(45));
        await PlanAsync();
        _time.Advance(TimeSpan.FromMinutes(15));
        Epochs.Refresh();
        var after = await SeenAsync();
        Assert.Equal(after, await SeenAsync());
        var (control, treatment) = (after.Where(s => s.Group == ExperimentGroup.Control).ToList(), after.Where(s => s.Group == ExperimentGroup.Treatment).ToList());
        Assert.Equal(after.Count, control.Count + treatment.Count);
        Assert.InRange(control.Count, 20, 70);
        Assert.InRange(control.Count(s => s.Appeal.EndsWith("/other", StringComparison.Ordinal)) / (double)control.Count, 0.05, 0.45);
        Assert.InRange(treatment.Count(s => s.Appeal.EndsWith("/other", StringComparison.Ordinal)) / (double)treatment.Count, 0.95, 1);
        // Who stays where they were: all of control, and those whom the bandit did not move.
        Assert.All(before.Zip(after).Where(p => p.Second.Group == ExperimentGroup.Control), p => Assert.Equal(p.First, p.Second));
        Assert.All(before.Zip(after).Where(p => p.First.Appeal.EndsWith("/other", StringComparison.Ordinal)), p => Assert.Equal(p.First, p.Second));

        var nameless = (await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, Currency = "USD" })).Appeal;
        Assert.Equal(("campaigns/tried/appeals/main", ExperimentGroup.Unspecified), (nameless.Appeal, nameless.Attribution.ExperimentGroup));
    }

    [Fact]
    public async Task What_another_node_planned_is_read_back_in_a_second()
    {
        await CountAsync("main", views: 2_000, gifts: 60);
        await CountAsync("other", views: 2_000, gifts: 20);
        await new BanditEpochs(Database, _server.Services.GetRequiredService<BanditTrials>(), _time).PlanAsync(Now + 1, CancellationToken.None);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Epochs.Weights("tried", Placement.Banner, "USD", Now + 1) is null)
        {
            limit.Token.ThrowIfCancellationRequested();
            _time.Advance(BanditEpochsPoll.Period);
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Epochs_are_kept_for_90_days()
    {
        await CountAsync("main", views: 2_000, gifts: 60);
        await Epochs.PlanAsync(Now, CancellationToken.None);
        _time.AdjustTime(_time.GetUtcNow() + TimeSpan.FromDays(90));
        await Epochs.PurgeAsync(1_000);
        Assert.Equal(1, Rows());
        _time.AdjustTime(_time.GetUtcNow() + TimeSpan.FromHours(1));
        await Epochs.PurgeAsync(1_000);
        Assert.Equal(0, Rows());
    }

    private long Rows() => Database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM bandit_epochs"));

    private string Show(long epoch, BanditEpochs? node = null) =>
        string.Join(' ', (node ?? Epochs).Weights("tried", Placement.Banner, "USD", epoch)!.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => $"{w.Key} {w.Value}"));

    private Task CountAsync(string appeal, int views, int gifts) => Database.WriteAsync(connection =>
    {
        var day = ExperimentCounters.DayOf(_time.NowMicros());
        ExperimentCounters.Add(connection, [new(new("tried", appeal, Placement.Banner, ExperimentGroup.Treatment, "USD", "DE"), views, 0, 0, 0, 0)], day);
        for (var i = 0; i < gifts; i++)
            ExperimentCounters.AddConversion(connection, ("tried", appeal, Placement.Banner, ExperimentGroup.Treatment), new(500, "USD"), PledgeInterval.Monthly, new(6_000, 5_400), day);
    });
}
