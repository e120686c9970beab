using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Tests.Campaigns;

public sealed class CampaignReviewTests
{
    private const long Now = 1_000_000_000;

    [Fact]
    public void A_complete_campaign_has_no_errors_and_is_told_where_it_says_nothing() => Assert.Equal(
        [
            "Warning campaigns/test: has no appeal for the placement ArticleEnd: nothing is shown there",
            "Warning campaigns/test: has no appeal for the placement Interstitial: nothing is shown there",
            "Warning campaigns/test: has no appeal for the placement App: nothing is shown there",
        ],
        Review(Campaign(), [Tier("a")], [Appeal("a")]));

    [Fact]
    public void An_empty_campaign_needs_a_tier_and_an_appeal() => Assert.Equal(
        ["Error campaigns/test: needs at least one active tier", "Error campaigns/test: needs at least one active appeal that asks, with a weight above 0"],
        Errors(Campaign(), [], []));

    [Fact]
    public void Everything_is_told_at_once()
    {
        var campaign = Campaign();
        (campaign.StartTime, campaign.EndTime) = (UnixMicros.ToTimestamp(Now), UnixMicros.ToTimestamp(Now));
        campaign.PublishProgress = true;
        campaign.IncludedCountries.Add("DE");
        campaign.ExcludedCountries.Add("DE");
        var (noPrice, noCopy, second) = (Tier("no-price"), Tier("no-copy"), Tier("second"));
        noPrice.Prices.Clear();
        noCopy.Copies[0].Locale = "de";
        second.Copies[0].Impact = "";
        second.Prices[0].Units = 1;
        (noPrice.Preselected, second.Preselected) = (true, true);
        var (weightless, foreign) = (Appeal("weightless"), Appeal("foreign"));
        weightless.Weight = 0;
        weightless.Copies[0].Title = "{{name}}, {{amount}} and {{country}}";
        weightless.Copies[0].Body = "{{ days_left }} days, {{open";
        (foreign.Weight, foreign.Copies[0].Locale, foreign.Copies[0].CallToAction) = (0, "tlh", "{{country}}");

        Assert.Equal(
            [
                "campaigns/test end_time: must be after start_time",
                "campaigns/test end_time: has passed",
                "campaigns/test: needs at least one active appeal that asks, with a weight above 0",
                "campaigns/test publish_progress: needs a goal",
                "campaigns/test excluded_countries: excludes every included country: nobody would be asked",
                "tiers/no-price prices: needs at least one price",
                "tiers/no-price copies: needs a copy in tlh, which an appeal has",
                "tiers/no-copy copies: needs a copy in the default locale en",
                "tiers/no-copy copies: needs a copy in tlh, which an appeal has",
                "tiers/second prices[0]: must be at least 2.00 USD",
                "tiers/second copies: needs a copy in tlh, which an appeal has",
                "tiers/second copies[0].impact: must say what the amount pays for",
                "tiers/second preselected: another tier of the same interval is preselected too",
                "appeals/weightless copies[0].title: {{name}} is no placeholder; there are amount, country, article_count, days_left",
                "appeals/weightless copies[0].body: {{open}} is no placeholder; there are amount, country, article_count, days_left",
                "appeals/foreign copies: needs a copy in the default locale en",
                "appeals/foreign copies[0].call_to_action: {{country}}: no names of countries are known in tlh",
            ],
            Errors(campaign, [noPrice, noCopy, second], [weightless, foreign]).Select(e => e.Replace("Error ", "", StringComparison.Ordinal).Replace("campaigns/test/", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("[x](https://example.org/?c={{country}})", "placeholders have no place in the address of a link")]
    [InlineData(null, "is nested too deeply to be shown")]
    public void A_body_that_cannot_be_shown_is_not_published(string? body, string problem)
    {
        var appeal = Appeal("a");
        appeal.Copies[0].Body = body ?? new string('>', 400) + " deep";
        Assert.Contains($"Error campaigns/test/appeals/a copies[0].body: {problem}", Errors(Campaign(), [Tier("a")], [appeal]));
    }

    [Fact]
    public void Texts_that_are_shown_as_they_are_have_no_placeholders()
    {
        var (tier, appeal) = (Tier("a"), Appeal("a"));
        tier.Copies[0].Impact = "Pays for {{days_left}} days";
        appeal.Copies[0].ReminderLabel = "{{nonsense}}";
        Assert.Equal(
            [
                "Error campaigns/test/tiers/a copies[0]: cannot have placeholders: title, body and call_to_action can",
                "Error campaigns/test/appeals/a copies[0].reminder_label: cannot have placeholders: title, body and call_to_action can",
            ],
            Errors(Campaign(), [tier], [appeal]));
    }

    [Fact]
    public void Locales_fall_back_here_as_they_do_for_readers()
    {
        var (tier, appeal) = (Tier("a"), Appeal("a"));
        tier.Copies.Add(new TierCopy { Locale = "zh-Hant", Label = "友", Impact = "一小時" });
        appeal.Copies.Add(CampaignSamples.Copy("zh-Hant-TW"));
        Assert.Empty(Errors(Campaign(), [tier], [appeal]));
    }

    [Fact]
    public void Days_left_need_an_end()
    {
        var (campaign, appeal) = (Campaign(), Appeal("a"));
        appeal.Copies[0].Title = "{{days_left}} days";
        Assert.Equal(["Error campaigns/test/appeals/a copies[0].title: {{days_left}} needs the campaign's end_time"], Errors(campaign, [Tier("a")], [appeal]));
        campaign.EndTime = UnixMicros.ToTimestamp(Now + 1);
        Assert.Empty(Errors(campaign, [Tier("a")], [appeal]));
    }

    [Fact]
    public void What_is_archived_does_not_count()
    {
        var (tier, appeal) = (Tier("old"), Appeal("old"));
        tier.State = V1.Tier.Types.State.Archived;
        appeal.State = V1.Appeal.Types.State.Archived;
        tier.Copies.Clear();
        appeal.Copies.Clear();
        Assert.Equal(2, Errors(Campaign(), [tier], [appeal]).Count);
        Assert.Empty(Errors(Campaign(), [tier, Tier("new")], [appeal, Appeal("new")]));
    }

    [Fact]
    public void What_is_worth_a_look_is_a_warning()
    {
        var campaign = Campaign();
        campaign.Allocation = Allocation.Bandit;
        campaign.Targeting = new() { IncludedSections = { "Sport" }, ExcludedSections = { "sport" } };
        var (euros, yearly) = (Tier("euros"), Tier("yearly"));
        euros.Prices.Add(CampaignSamples.Amount("EUR", 5));
        yearly.Interval = PledgeInterval.Annual;
        yearly.Prices[0].Units = 30;
        var russian = Appeal("russian");
        russian.Copies.Add(CampaignSamples.Copy("ru"));
        russian.Copies[1].Body = "<b>Text</b>";
        euros.Copies.Add(new TierCopy { Locale = "ru", Label = "Друг", Impact = "Час" });
        foreach (var tier in (V1.Tier[])[yearly])
            tier.Copies.Add(new TierCopy { Locale = "ru", Label = "Друг", Impact = "Час" });
        var dollars = Tier("dollars");
        dollars.Copies.Add(new TierCopy { Locale = "ru", Label = "Друг", Impact = "Час" });

        var found = Review(campaign, [euros, dollars, yearly], [russian, Appeal("english")]);

        Assert.Contains("Warning campaigns/test targeting.excluded_sections: Sport is included and excluded: nobody is asked there", found);
        Assert.Contains("Warning campaigns/test/tiers/dollars prices: has no price in EUR, which others of its interval have: it is not shown there", found);
        Assert.Contains("Warning campaigns/test/appeals/russian copies[1].body: has HTML, which is shown as text: use Markdown", found);
        Assert.Contains("Warning campaigns/test/appeals/english copies: has no copy in ru, which others of its placement have", found);
        Assert.All(found, f => Assert.StartsWith("Warning ", f, StringComparison.Ordinal));
        Assert.Contains("Warning campaigns/test: has no monthly tier", Review(Campaign(), [new(yearly)], [Appeal("a")]));
        Assert.Contains("Warning campaigns/test allocation: there is nothing to learn for the placement Banner: it has one appeal", Review(campaign, [Tier("a")], [Appeal("a")]));
    }

    private static List<string> Errors(Campaign campaign, Tier[] tiers, Appeal[] appeals) => Review(campaign, tiers, appeals).FindAll(p => p.StartsWith("Error", StringComparison.Ordinal));

    private static List<string> Review(Campaign campaign, Tier[] tiers, Appeal[] appeals) => CampaignReview.Problems(campaign, tiers, appeals, Now)
        .ConvertAll(p => $"{p.Severity} {p.Subject}{(p.Field.Length == 0 ? "" : $" {p.Field}")}: {p.Description}");

    private static Campaign Campaign() => new(CampaignSamples.Campaign()) { Name = "campaigns/test" };

    private static Tier Tier(string id) => new(CampaignSamples.Tier()) { Name = "campaigns/test/tiers/" + id, State = V1.Tier.Types.State.Active };

    private static Appeal Appeal(string id) => new(CampaignSamples.Appeal()) { Name = "campaigns/test/appeals/" + id, State = V1.Appeal.Types.State.Active, Kind = V1.Appeal.Types.Kind.Ask };
}
