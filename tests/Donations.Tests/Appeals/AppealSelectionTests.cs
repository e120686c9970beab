using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.Tests.Campaigns;
using Donations.V1;
using Google.Protobuf;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Tests.Appeals;

public sealed class AppealSelectionTests
{
    private const long Now = 1_700_000_000_000_000;
    private static readonly Reader Anyone = new(Placement.Banner, "", Now);

    [Fact]
    public void The_filters_are_asked_in_a_known_order() => Assert.Equal(
        ["state", "schedule", "placement", "country", "risk_country", "section", "device", "article_count", "cohort", "ask_pause", "copy", "frequency_cap", "dismissal"],
        AppealSelection.Filters.Select(f => f.Name));

    [Theory]
    [InlineData(State.Active, null)]
    [InlineData(State.Scheduled, null)]
    [InlineData(State.Paused, "state")]
    [InlineData(State.Ended, "state")]
    public void Only_what_is_on_is_shown(State state, string? refusal) =>
        Assert.Equal(refusal, Refusal(Candidate(state: state), Anyone));

    [Fact]
    public void The_schedule_is_half_open()
    {
        var candidate = Candidate(state: State.Scheduled, start: Now, end: Now + 10);
        Assert.Equal("schedule", Refusal(candidate, Anyone with { NowMicros = Now - 1 }));
        Assert.Null(Refusal(candidate, Anyone));
        Assert.Null(Refusal(candidate, Anyone with { NowMicros = Now + 9 }));
        Assert.Equal("schedule", Refusal(candidate, Anyone with { NowMicros = Now + 10 }));
    }

    [Theory]
    [InlineData("DE", "", "DE", null)]
    [InlineData("DE", "", "PL", "country")]
    [InlineData("DE", "", "", "country")]
    [InlineData("", "RU", "RU", "country")]
    [InlineData("", "RU", "DE", null)]
    [InlineData("", "RU", "", null)]
    [InlineData("DE RU", "RU", "RU", "country")]
    public void Countries_are_included_and_excluded(string included, string excluded, string country, string? refusal)
    {
        var campaign = CampaignSamples.Campaign();
        campaign.IncludedCountries.Add(included.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        campaign.ExcludedCountries.Add(excluded.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(refusal, Refusal(Candidate(campaign: campaign), Anyone with { Country = country }));
    }

    [Fact]
    public void A_placement_without_an_appeal_is_refused() =>
        Assert.Equal("placement", Refusal(Candidate(), Anyone with { Placement = Placement.App }));

    [Theory]
    [InlineData(RiskCountryPolicy.Unspecified, null, true)]
    [InlineData(RiskCountryPolicy.NoMoney, null, true)]
    [InlineData(RiskCountryPolicy.Hide, "risk_country", true)]
    [InlineData(RiskCountryPolicy.Ask, null, false)]
    public void Readers_at_risk_get_no_form_unless_the_campaign_says_so(RiskCountryPolicy policy, string? refusal, bool moneyless)
    {
        var candidate = Candidate(campaign: new(CampaignSamples.Campaign()) { RiskCountryPolicy = policy });
        var reader = Anyone with { Country = "RU", IsAtRisk = true };
        Assert.Equal(refusal, Refusal(candidate, reader));
        Assert.Equal(moneyless, candidate.IsMoneyless(reader));
        Assert.All(candidate.Variants(reader), v => Assert.Equal(moneyless, v.Appeal.Kind == V1.Appeal.Types.Kind.NoMoney));
        Assert.False(candidate.IsMoneyless(Anyone));
    }

    [Theory]
    [InlineData("Politics", "", "politics", "", null)]
    [InlineData("politics", "", "sport", "", "section")]
    [InlineData("politics", "", "", "", "section")]
    [InlineData("", "", "sport", "", null)]
    [InlineData("-sport", "", "SPORT", "", "section")]
    [InlineData("-sport", "", "", "", null)]
    [InlineData("", "war", "", "peace war", null)]
    [InlineData("", "war", "", "peace", "section")]
    [InlineData("", "-obituary", "", "war obituary", "section")]
    [InlineData("", "-obituary", "", "war", null)]
    public void Sections_and_tags_are_included_and_excluded(string sections, string tags, string section, string articleTags, string? refusal)
    {
        var targeting = new Targeting();
        (sections.StartsWith('-') ? targeting.ExcludedSections : targeting.IncludedSections).Add(sections.Split('-', StringSplitOptions.RemoveEmptyEntries));
        (tags.StartsWith('-') ? targeting.ExcludedTags : targeting.IncludedTags).Add(tags.Split('-', StringSplitOptions.RemoveEmptyEntries));
        var topics = new TopicIndex();
        var candidate = Candidate(campaign: new(CampaignSamples.Campaign()) { Targeting = targeting }, topics: topics);
        topics.Freeze();
        var reader = topics.Read(new() { Section = section, Tags = { articleTags.Split(' ', StringSplitOptions.RemoveEmptyEntries) } }, Anyone);
        Assert.Equal(refusal, Refusal(candidate, reader));
    }

    [Fact]
    public void Devices_and_articles_are_counted()
    {
        var candidate = Candidate(campaign: new(CampaignSamples.Campaign()) { Targeting = new() { Devices = { Device.Mobile, Device.App }, MinArticleCount = 3, MaxArticleCount = 9 } });
        var fits = Anyone with { Device = Device.Mobile, ArticleCount = 3 };
        Assert.Null(Refusal(candidate, fits));
        Assert.Null(Refusal(candidate, fits with { Device = Device.App, ArticleCount = 9 }));
        Assert.Equal("device", Refusal(candidate, fits with { Device = Device.Desktop }));
        Assert.Equal("device", Refusal(candidate, fits with { Device = Device.Unspecified }));
        Assert.Equal("article_count", Refusal(candidate, fits with { ArticleCount = 2 }));
        Assert.Equal("article_count", Refusal(candidate, fits with { ArticleCount = 10 }));
    }

    [Theory]
    [InlineData(Cohort.Unspecified, -1, null)]
    [InlineData(Cohort.Unspecified, 4, null)]
    [InlineData(Cohort.NonSupporters, -1, null)]
    [InlineData(Cohort.NonSupporters, 4, "cohort")]
    [InlineData(Cohort.Supporters, -1, "cohort")]
    [InlineData(Cohort.Supporters, 12, null)]
    [InlineData(Cohort.Supporters, 13, "cohort")]
    [InlineData(Cohort.LapsedSupporters, 12, "cohort")]
    [InlineData(Cohort.LapsedSupporters, 13, null)]
    [InlineData(Cohort.LapsedSupporters, -1, "cohort")]
    public void Cohorts_go_by_the_last_gift(Cohort cohort, int months, string? refusal) => Assert.Equal(
        refusal,
        Refusal(Candidate(campaign: new(CampaignSamples.Campaign()) { Targeting = new() { Cohort = cohort } }), Anyone with { MonthsSinceGift = months, DaysSinceGift = 100 }));

    [Theory]
    [InlineData(null, 90, "ask_pause")]
    [InlineData(null, 91, null)]
    [InlineData(null, -10, "ask_pause")]
    [InlineData(0, -10, null)]
    [InlineData(30, 30, "ask_pause")]
    [InlineData(30, 31, null)]
    public void After_a_gift_nobody_is_asked_for_a_while(int? pause, int daysSince, string? refusal)
    {
        var campaign = CampaignSamples.Campaign();
        if (pause is { } days)
            campaign.AskPauseDays = days;
        Assert.Equal(refusal, Refusal(Candidate(campaign: campaign), Anyone with { MonthsSinceGift = 0, DaysSinceGift = daysSince }));
        Assert.Null(Refusal(Candidate(campaign: campaign), Anyone));
    }

    [Fact]
    public void A_campaign_is_seen_no_more_often_than_its_cap()
    {
        var candidate = Candidate();
        Reader Seen(params int[] daysAgo) => Anyone with { Logs = [new CampaignLog { Campaign = "campaigns/other" }, new CampaignLog { Campaign = "campaigns/test", ViewDaysAgo = { daysAgo } }] };
        Assert.Null(Refusal(candidate, Seen(0, 0, 29)));
        Assert.Equal("frequency_cap", Refusal(candidate, Seen(0, 0, 29, -7)));
        Assert.Null(Refusal(candidate, Seen(0, 0, 29, 30)));
        // What came before a reminder that is due no longer counts.
        Assert.Null(Refusal(candidate, Seen(3, 4, 5, 6) with { DaysSinceReminder = 5 }));
        Assert.Equal("frequency_cap", Refusal(candidate, Seen(3, 4, 5, 5) with { DaysSinceReminder = 5 }));

        var strict = Candidate(campaign: new(CampaignSamples.Campaign()) { FrequencyCap = new() { ViewCount = 1, DayCount = 1 } });
        Assert.Equal("frequency_cap", Refusal(strict, Seen(0)));
        Assert.Null(Refusal(strict, Seen(1)));
    }

    [Fact]
    public void An_absurd_log_is_cut_off()
    {
        var candidate = Candidate();
        var views = new CampaignLog { Campaign = "campaigns/test", ViewDaysAgo = { Enumerable.Repeat(500, Reader.MaxViews).Concat([0, 0, 0, 0]) } };
        Assert.Null(Refusal(candidate, Anyone with { Logs = [views] }));
        var late = Enumerable.Range(0, Reader.MaxLogs).Select(i => new CampaignLog { Campaign = $"campaigns/other-{i}" }).Append(new() { Campaign = "campaigns/test", DismissedDaysAgo = 0 });
        Assert.Null(Refusal(candidate, Anyone with { Logs = [.. late] }));
        Assert.Equal("dismissal", Refusal(candidate, Anyone with { Logs = [.. late.Skip(1)] }));
    }

    [Theory]
    [InlineData(null, 13, int.MaxValue, "dismissal")]
    [InlineData(null, 14, int.MaxValue, null)]
    [InlineData(null, -3, int.MaxValue, "dismissal")]
    [InlineData(0, 0, int.MaxValue, null)]
    [InlineData(60, 59, int.MaxValue, "dismissal")]
    [InlineData(60, 59, 58, null)]
    [InlineData(60, 59, 59, "dismissal")]
    public void A_dismissed_campaign_stays_away_for_a_while(int? pause, int daysAgo, int daysSinceReminder, string? refusal)
    {
        var campaign = CampaignSamples.Campaign();
        if (pause is { } days)
            campaign.DismissalPauseDays = days;
        var reader = Anyone with { Logs = [new CampaignLog { Campaign = "campaigns/test", DismissedDaysAgo = daysAgo }], DaysSinceReminder = daysSinceReminder };
        Assert.Equal(refusal, Refusal(Candidate(campaign: campaign), reader));
    }

    [Fact]
    public void A_text_is_not_shown_to_readers_whom_it_cannot_name()
    {
        var appeal = CampaignSamples.Appeal();
        appeal.Copies[0].Title = "You have read {{article_count}} articles in {{country}}";
        var candidate = Candidate(appeals: [appeal]);
        Assert.Equal("copy", Refusal(candidate, Anyone));
        Assert.Equal("copy", Refusal(candidate, Anyone with { ArticleCount = 3 }));
        Assert.Null(Refusal(candidate, Anyone with { ArticleCount = 3, Country = "DE" }));
        Assert.Null(Refusal(Candidate(appeals: [appeal, CampaignSamples.Appeal()]), Anyone));
    }

    [Fact]
    public void The_highest_priority_that_fits_wins_and_ties_go_to_the_oldest()
    {
        var young = Candidate("young", created: 3, campaign: CampaignSamples.Campaign(5));
        var old = Candidate("older", created: 2, campaign: CampaignSamples.Campaign(5));
        var high = Candidate("high", created: 4, state: State.Paused, campaign: CampaignSamples.Campaign(9));
        var low = Candidate("low", created: 1, campaign: CampaignSamples.Campaign(-9));

        var ordered = AppealSelection.Order([low, young, high, old]);

        Assert.Equal(["high", "older", "young", "low"], ordered.Select(c => c.Campaign.Id));
        Assert.Same(old, AppealSelection.Select(AppealSelection.Narrow(ordered, Anyone), Anyone));
        Assert.Null(AppealSelection.Select(AppealSelection.Narrow([high], Anyone), Anyone));
        Assert.Null(AppealSelection.Select([], Anyone));
    }

    [Fact]
    public void Narrowing_first_and_asking_all_filters_choose_the_same()
    {
        var campaigns = Enumerable.Range(0, 40).Select(i =>
        {
            var campaign = new Campaign(CampaignSamples.Campaign(i % 5));
            if (i % 3 == 0)
                campaign.IncludedCountries.Add(i % 2 == 0 ? "DE" : "RU");
            if (i % 4 == 0)
                campaign.ExcludedCountries.Add("PL");
            campaign.RiskCountryPolicy = (RiskCountryPolicy)(i % 4);
            return Candidate($"campaign-{i:00}", created: i, campaign: campaign, state: i % 7 == 0 ? State.Paused : State.Active, appeals: [CampaignSamples.Appeal(i % 2 == 0 ? Placement.Banner : Placement.App)]);
        });
        var ordered = AppealSelection.Order(campaigns);
        var index = new CandidateIndex(ordered, System.Collections.Frozen.FrozenSet.ToFrozenSet(["RU", "BY"]));
        foreach (var reader in from placement in AppealSelection.Placements from country in (string[])["", "DE", "PL", "RU", "BY", "US"] select new Reader(placement, country, Now) { IsAtRisk = country is "RU" or "BY" })
            Assert.Equal(ordered.FirstOrDefault(c => AppealSelection.FirstRefusal(c, reader) is null), AppealSelection.Select(index.Find(reader), reader));
    }

    private static string? Refusal(Candidate candidate, Reader reader)
    {
        var refusal = AppealSelection.FirstRefusal(candidate, reader)?.Name;
        var explained = AppealSelection.Explain(candidate, reader);
        Assert.Equal(refusal is null, explained.Passed);
        Assert.Equal(refusal, explained.FilterVerdicts.FirstOrDefault(v => !v.Passed)?.Filter);
        return refusal;
    }

    private static Candidate Candidate(string id = "test", long created = 1, State state = State.Active, long? start = null, long? end = null, Campaign? campaign = null, Appeal[]? appeals = null, TopicIndex? topics = null)
    {
        campaign ??= CampaignSamples.Campaign();
        (campaign.StartTime, campaign.EndTime) = (UnixMicros.ToTimestamp(start), UnixMicros.ToTimestamp(end));
        return Ready.Candidate(id, campaign, state, created, appeals ?? [CampaignSamples.Appeal()], topics);
    }
}

/// <summary>Campaigns as the selection sees them, without a database.</summary>
internal static class Ready
{
    public static Candidate Candidate(string id, Campaign campaign, State state, long created, Appeal[] appeals, TopicIndex? topics = null)
    {
        var row = new StoredCampaign { CampaignId = id, Resource = campaign.ToByteArray(), State = (int)state, CreateTimeUs = created, UpdateTimeUs = created, Version = 1 };
        var tier = new StoredPart { CampaignId = id, Id = "five", Resource = CampaignSamples.Tier().ToByteArray(), State = (int)Tier.Types.State.Active, Version = 1 };
        var parts = appeals.Select((a, i) => new StoredPart { CampaignId = id, Id = i == 0 ? "main" : $"other-{i}", Resource = a.ToByteArray(), State = (int)V1.Appeal.Types.State.Active, Version = 1 });
        return new(new CatalogCampaign(row, [tier], parts, 1), topics ?? new(), (c, a) => new(c, a, new FeeSchedule(new())));
    }
}
