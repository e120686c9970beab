using System.Diagnostics.Metrics;
using CsCheck;
using Dapper;
using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using static Donations.Tests.Appeals.AppealEventSamples;
using EventType = Donations.V1.AppealEvent.Types.Type;
using Reason = Donations.V1.RefusedAppealEvent.Types.Reason;

namespace Donations.Tests.Appeals;

/// <summary>Events come in batches that may be sent again, from whoever likes; what is kept of them are sums.</summary>
public sealed class AppealEventTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private TestServer Server => fixture.Server;

    private Database Database => Server.Services.GetRequiredService<Database>();

    [Fact]
    public async Task A_batch_is_counted_by_day_and_by_what_it_tells()
    {
        var events = new[]
        {
            Event(EventType.View, ExperimentGroup.Control, country: "LV"), Event(EventType.View, ExperimentGroup.Control, country: "LV"), Event(EventType.Click, ExperimentGroup.Control, country: "LV"),
            Event(EventType.View, ExperimentGroup.Treatment, country: ""), Event(EventType.Dismiss, ExperimentGroup.Treatment, country: ""), Event(EventType.Remind, ExperimentGroup.Treatment, country: ""),
            Event(EventType.View, currency: ""), Event(EventType.CheckoutStarted, currency: "EUR", country: "LV"),
        };
        Assert.Equal(new RecordAppealEventsResponse { AcceptedCount = 8 }, await Server.Appeals.RecordAppealEventsAsync(Batch(events)));
        Assert.Equal(
            ["0//DE 1 0 0 0 0", "0/EUR/LV 0 0 0 0 1", "1/USD/LV 2 1 0 0 0", "2/USD/ 1 0 1 1 0"],
            Database.Read(c => c.Query<string>(
                """
                SELECT experiment_group || '/' || currency || '/' || country || ' ' || view_count || ' ' || click_count || ' ' || dismiss_count || ' ' || remind_count || ' ' || checkout_count
                FROM appeal_event_days WHERE campaign_id = 'press-in-exile' AND appeal_id = 'banner' AND placement = 1 AND event_date = 20261124 AND country IN ('LV', 'DE', '') ORDER BY 1
                """)));
    }

    public static TheoryData<Reason, Action<AppealEvent>> Refusals => new()
    {
        { Reason.TypeUnknown, e => e.Type = EventType.Unspecified },
        { Reason.TypeUnknown, e => e.Type = (EventType)99 },
        { Reason.CampaignForeign, e => e.Campaign = "" },
        { Reason.CampaignForeign, e => e.Campaign = "campaigns/of-another-paper" },
        { Reason.CampaignForeign, e => e.Campaign = new('a', 5_000) },
        { Reason.AppealForeign, e => e.Appeal = "" },
        { Reason.AppealForeign, e => e.Appeal = Scenario.Campaign + "/appeals/nothing" },
        { Reason.AppealForeign, e => e.Appeal = "campaigns/of-another-paper/appeals/banner" },
        { Reason.PlacementWrong, e => e.Placement = Placement.Unspecified },
        { Reason.PlacementWrong, e => e.Placement = Placement.App },
        { Reason.CountryUnknown, e => e.Country = "ZZ" },
        { Reason.CountryUnknown, e => e.Country = "de" },
        { Reason.CurrencyUnknown, e => e.Currency = "CHF" },
        { Reason.CurrencyUnknown, e => e.Currency = "usd" },
        { Reason.ExperimentGroupUnknown, e => e.ExperimentGroup = (ExperimentGroup)9 },
    };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task An_event_that_names_what_is_not_there_is_refused_and_the_others_count(Reason reason, Action<AppealEvent> spoil)
    {
        var spoilt = Event(EventType.View, country: "FR");
        spoil(spoilt);
        var before = Views("FR");
        var rows = Count("SELECT count(*) FROM appeal_event_days");
        var answer = await Server.Appeals.RecordAppealEventsAsync(Batch(Event(EventType.View, country: "FR"), spoilt, Event(EventType.View, country: "FR")));
        Assert.Equal((2, 1, reason), (answer.AcceptedCount, Assert.Single(answer.RefusedEvents).EventIndex, answer.RefusedEvents[0].Reason));
        Assert.Equal(before + 2, Views("FR"));
        Assert.InRange(Count("SELECT count(*) FROM appeal_event_days"), rows, rows + 1);
    }

    [Fact]
    public async Task Campaigns_that_are_not_published_are_foreign()
    {
        await Server.Campaigns.CreateCampaignAsync(new() { CampaignId = "not-yet", Campaign = new() { DisplayName = "Not yet", DefaultLocale = "en" } }, Server.As("editor"));
        var answer = await Server.Appeals.RecordAppealEventsAsync(Batch(Event(EventType.View, campaign: "campaigns/not-yet")));
        Assert.Equal((0, Reason.CampaignForeign), (answer.AcceptedCount, answer.RefusedEvents[0].Reason));
    }

    public static TheoryData<string, Action<RecordAppealEventsRequest>> BadBatches => new()
    {
        { "batch_id", r => r.BatchId = "" },
        { "batch_id", r => r.BatchId = "not-a-uuid" },
        { "batch_id", r => r.BatchId = "3f2b1c9e-7d4a-1e6b-9a1f-0c5d8e7f6a2b" },
        { "events", r => r.Events.Clear() },
        { "events", r => r.Events.Add(Enumerable.Repeat(Event(EventType.View), 200)) },
    };

    [Theory]
    [MemberData(nameof(BadBatches), DisableDiscoveryEnumeration = true)]
    public async Task A_batch_without_form_is_refused_as_a_whole(string field, Action<RecordAppealEventsRequest> spoil)
    {
        var request = Batch(Event(EventType.View, country: "IT"));
        spoil(request);
        var error = await Errors.OfAsync(() => Server.Appeals.RecordAppealEventsAsync(request));
        Assert.Equal(("FIELD_INVALID", field), (error.Reason(), Assert.Single(error.Fields())));
        Assert.Equal(0, Views("IT"));
    }

    [Fact]
    public async Task A_batch_counts_once_however_often_it_is_sent_and_whatever_changed_meanwhile()
    {
        await using var server = await TestServer.StartAsync(new() { Time = fixture.Time });
        var request = Batch(Event(EventType.View, country: "PL"), Event(EventType.View, campaign: "campaigns/of-another-paper"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.Appeals.RecordAppealEventsAsync(request).ResponseAsync));
        Assert.All(answers, a => Assert.Equal(answers[0], a));
        await server.RestartAsync();
        // What was refused has come into being, and the answer stays.
        await Campaigns.CampaignSamples.PublishedAsync(server, "of-another-paper");
        Assert.Equal(answers[0], await server.Appeals.RecordAppealEventsAsync(request));

        var other = request.Clone();
        other.Events.Add(Event(EventType.View, country: "PL"));
        var error = await Errors.OfAsync(() => server.Appeals.RecordAppealEventsAsync(other));
        Assert.Equal(("REQUEST_ID_REUSED", "batch_id"), (error.Reason(), Assert.Single(error.Fields())));
        Assert.Equal(1, server.Services.GetRequiredService<Database>().Read(c => c.ExecuteScalar<long>("SELECT sum(view_count) FROM appeal_event_days")));
    }

    [Fact]
    public async Task After_72_hours_a_batch_is_forgotten_with_all_that_was_kept_of_it()
    {
        await using var scenario = await Scenario.StartAsync();
        var (request, appeals) = (Batch(Event(EventType.View)), scenario.Server.Appeals);
        var id = Guid.Parse(request.BatchId).ToByteArray();
        await appeals.RecordAppealEventsAsync(request);
        Assert.Equal(0, scenario.Count($"SELECT count(*) FROM appeal_event_batches WHERE instr(batch_key || content_digest || answer, x'{Convert.ToHexString(id)}') > 0"));

        scenario.Pass(TimeSpan.FromHours(72) - TimeSpan.FromSeconds(1));
        await scenario.RunChoresAsync();
        await appeals.RecordAppealEventsAsync(request);
        Assert.Equal((1, 1), (scenario.Count("SELECT sum(view_count) FROM appeal_event_days"), scenario.Count("SELECT count(*) FROM appeal_event_batches")));

        scenario.Pass(TimeSpan.FromSeconds(2));
        // By age, not by whether the chore has been there.
        await appeals.RecordAppealEventsAsync(request);
        Assert.Equal(2, scenario.Count("SELECT sum(view_count) FROM appeal_event_days"));
        scenario.Pass(TimeSpan.FromHours(73));
        await scenario.RunChoresAsync();
        Assert.Equal(0, scenario.Count("SELECT count(*) FROM appeal_event_batches"));
    }

    [Fact]
    public async Task What_counts_and_what_does_not_is_told_as_metrics_and_a_replay_in_neither()
    {
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "Donations.Appeals" && instrument.Meter.Scope == Server.Services.GetRequiredService<IMeterFactory>())
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = $"{instrument.Name[(instrument.Name.LastIndexOf('.') + 1)..]} {tags[0].Value}";
            lock (counted)
                counted[name] = counted.GetValueOrDefault(name) + value;
        });
        listener.Start();
        var request = Batch(Event(EventType.View, country: "ES"), Event(EventType.Click, country: "ES"), Event(EventType.View, campaign: "campaigns/of-another-paper"));
        await Server.Appeals.RecordAppealEventsAsync(request);
        await Server.Appeals.RecordAppealEventsAsync(request);
        Assert.Equal(["accepted Banner 2", "refused CampaignForeign 1"], counted.Select(c => $"{c.Key} {c.Value}").Order(StringComparer.Ordinal));
    }

    /// <summary>Whatever is sent, however it is cut into batches: what is counted is what was told, and everything else is refused.</summary>
    [Fact]
    public void Every_event_is_counted_once_or_refused()
    {
        var catalog = Server.Services.GetRequiredService<CampaignCatalog>().Current;
        var events =
            from type in Gen.Int[0, 6]
            from campaign in Pick(Scenario.Campaign, Scenario.Campaign, "campaigns/other", "")
            from appeal in Pick("banner", "app", "none")
            from share in Gen.Int[0, 3]
            from currency in Pick("USD", "EUR", "", "CHF")
            from country in Pick("DE", "", "ZZ")
            select Event((EventType)type, (ExperimentGroup)share, currency, country, campaign, appeal);
        Gen.Select(events.List[0, 60], Gen.Int[0, 60]).Sample((list, cut) =>
        {
            var whole = AppealEventTally.Of(list, catalog);
            Assert.Equal(list.Count, whole.Refused.Length + whole.Counts.Sum(Total));
            Assert.All(whole.Refused, r => Assert.NotEqual(Reason.Unspecified, r.Reason));
            Assert.Equal(whole.Counts.Length, whole.Counts.Select(c => c.Key).Distinct().Count());

            AppealEventTally[] parts = [AppealEventTally.Of([.. list.Take(cut)], catalog), AppealEventTally.Of([.. list.Skip(cut)], catalog)];
            var sums = parts.SelectMany(p => p.Counts).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(Total));
            Assert.Equal(whole.Counts.ToDictionary(c => c.Key, Total), sums);
        });
    }

    /// <summary>Clients send again what was not answered, at the same time and in any order: the counters are the sums of what was sent, each batch once.</summary>
    [Fact]
    public async Task Batches_sent_often_and_side_by_side_count_once()
    {
        var random = new Random(7);
        for (var round = 0; round < 10; round++)
        {
            var batches = Enumerable.Range(0, random.Next(1, 8))
                .Select(_ => Batch(Enumerable.Range(0, random.Next(1, 20)).Select(_ => Event((EventType)random.Next(1, 6), (ExperimentGroup)random.Next(3), random.Next(2) == 0 ? "USD" : "EUR", "SE")))).ToList();
            var before = Sums("SE");
            var sent = batches.SelectMany(b => Enumerable.Repeat(b, random.Next(1, 4))).OrderBy(_ => random.Next()).ToList();
            await Task.WhenAll(sent.Select(b => Server.Appeals.RecordAppealEventsAsync(b).ResponseAsync));
            var expected = batches.SelectMany(b => b.Events).CountBy(e => (e.Type, e.ExperimentGroup, e.Currency)).ToDictionary();
            Assert.Equal(expected, Sums("SE").ToDictionary(s => s.Key, s => s.Value - before.GetValueOrDefault(s.Key)).Where(s => s.Value > 0).ToDictionary(s => s.Key, s => (int)s.Value));
        }
    }

    private Dictionary<(EventType Type, ExperimentGroup Group, string Currency), long> Sums(string country) => Database.Read(c => c.Query<(long Group, string Currency, long View, long Click, long Dismiss, long Remind, long Checkout)>(
        "SELECT experiment_group, currency, view_count, click_count, dismiss_count, remind_count, checkout_count FROM appeal_event_days WHERE country = @country", new { country }))
        .SelectMany(r => ((long[])[r.View, r.Click, r.Dismiss, r.Remind, r.Checkout]).Select((count, i) => (Key: ((EventType)(i + 1), (ExperimentGroup)r.Group, r.Currency), Count: count)))
        .ToDictionary(r => r.Key, r => r.Count);

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static long Total(EventCounts counts) => counts.ViewCount + counts.ClickCount + counts.DismissCount + counts.RemindCount + counts.CheckoutCount;

    private long Views(string country) => Count($"SELECT coalesce(sum(view_count), 0) FROM appeal_event_days WHERE country = '{country}'");

    private long Count(string sql) => Database.Read(c => c.ExecuteScalar<long>(sql));
}
