using System.Collections.Frozen;
using System.Collections.Immutable;
using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>
/// Everything that SelectAppeal looks at, made ready when the catalogue changes: for each placement and country the campaigns that could be
/// shown there, in order. A call then costs the filters about the reader and a few look-ups: no I/O, no lock.
/// </summary>
internal sealed partial class PreparedAppeals
{
    private const int MaxExplained = 200;
    private static readonly Task<SelectAppealResponse> None = Task.FromResult(new SelectAppealResponse());
    private readonly FeeSchedule _fees;
    private readonly FrozenSet<string> _riskCountries;
    private readonly BanditEpochs _bandit;
    private readonly CatalogMetrics _metrics;
    private readonly ILogger _log;
    private readonly TopicIndex _topics = new();
    private volatile Prepared _prepared = Prepared.Nothing;

    public PreparedAppeals(CampaignCatalog catalog, FeeSchedule fees, DonorSafetyOptions safety, BanditEpochs bandit, CatalogMetrics metrics, ILogger<PreparedAppeals> log)
    {
        (_fees, _bandit, _metrics, _log) = (fees, bandit, metrics, log);
        // Also where cards are not looked at: what is shown to whom is the campaign's RiskCountryPolicy.
        _riskCountries = safety.ListedCountries().ToFrozenSet(StringComparer.Ordinal);
        catalog.Subscribe(snapshot => _prepared = Prepare(snapshot));
    }

    /// <summary>All campaigns that could be shown, in order.</summary>
    public ImmutableArray<Candidate> Candidates => _prepared.Ordered;

    /// <summary>The answer for a request that was checked.</summary>
    public Task<SelectAppealResponse> Select(SelectAppealRequest request, long now)
    {
        var prepared = _prepared;
        if (!prepared.Page.Allows(request, now))
            return None;
        var reader = Read(request, now, _topics);
        var from = 0;
        var candidates = prepared.Index.Find(reader);
        while (AppealSelection.Next(candidates, ref from, reader) is { } chosen)
        {
            try
            {
                return Answer(chosen, request, reader);
            }
            catch (Exception e)
            {
                // What was not found when it was made ready must not cost readers the other campaigns.
                LogMalformed(_log, chosen.Campaign.Id, e.GetType().Name);
                _metrics.Malformed();
            }
        }

        return None;
    }

    /// <summary>The same answer, and why.</summary>
    public async Task<SelectAppealResponse> ExplainAsync(SelectAppealRequest request, long now)
    {
        var prepared = _prepared;
        var reader = Read(request, now, _topics);
        var answer = (await Select(request, now)).Clone();
        answer.Explanation = new()
        {
            PageVerdicts = { prepared.Page.Explain(request, now) },
            CampaignVerdicts = { prepared.Ordered.Take(MaxExplained).Select(c => AppealSelection.Explain(c, reader)) },
        };
        return answer;
    }

    /// <summary>A campaign that need not be published, for this request, with what the filters say; without an appeal where it has none there. Throws where an answer cannot be made.</summary>
    public SelectAppealResponse Preview(CatalogCampaign campaign, string? appealId, SelectAppealRequest request, long now)
    {
        var topics = new TopicIndex();
        var candidate = new Candidate(campaign, topics, Answers);
        topics.Freeze();
        var reader = Read(request, now, topics);
        var explanation = new SelectionExplanation { PageVerdicts = { _prepared.Page.Explain(request, now) }, CampaignVerdicts = { AppealSelection.Explain(candidate, reader) } };
        var answer = new SelectAppealResponse();
        if (appealId is not null)
        {
            var appeal = campaign.Appeals.First(a => a.Name.EndsWith($"/{appealId}", StringComparison.Ordinal));
            answer = Show(new(appeal, Answers(campaign, appeal)), candidate.Currency(request.Currency, reader.Country), default, request, reader).Result;
        }
        else if (candidate.Variants(reader) is { IsEmpty: false } variants)
        {
            // Whatever is known of the reader: a placeholder that is not stays as it is.
            answer = Show(variants[Math.Max(0, VariantChoice.Choose(variants, null, reader))], candidate.Currency(request.Currency, reader.Country), default, request, reader).Result;
        }

        answer = answer.Clone();
        answer.Explanation = explanation;
        return answer;
    }

    private Reader Read(SelectAppealRequest request, long now, TopicIndex topics)
    {
        var today = Reader.DayOf(now);
        var reader = new Reader(request.Placement, request.Country, now)
        {
            IsAtRisk = _riskCountries.Contains(request.Country),
            VisitorNumber = request.HasVisitorNumber ? request.VisitorNumber : -1,
            ArticleCount = request.ArticleCount,
            Device = request.Device,
            Logs = request.CampaignLogs.Count == 0 ? null : request.CampaignLogs,
        };
        if (request.RemindDate is { } reminder)
            reader = reader with { DaysSinceReminder = today - Reader.DayOf(reminder) };
        if (request.LastContributionDate is { } month)
        {
            var day = UnixMicros.ToDateTimeOffset(now);
            // A clock that runs ahead, or a month that has begun elsewhere: this month.
            var months = Math.Max(0, ((day.Year - month.Year) * 12) + day.Month - month.Month);
            var end = new DateOnly(day.Year, day.Month, 1).AddMonths(1 - months).DayNumber - 1 - Reader.Epoch.DayNumber;
            reader = reader with { MonthsSinceGift = months, DaysSinceGift = today - end };
        }

        return topics.Read(request, reader);
    }

    private Task<SelectAppealResponse> Answer(Candidate candidate, SelectAppealRequest request, in Reader reader)
    {
        var variants = candidate.Variants(reader);
        var currency = candidate.Currency(request.Currency, reader.Country);
        var group = candidate.Group(reader);
        var weights = group == ExperimentGroup.Treatment ? _bandit.Weights(candidate.Campaign.Id, reader.Placement, currency, BanditEpochs.EpochOf(reader.NowMicros)) : null;
        return Show(variants[VariantChoice.Choose(variants, weights, reader)], currency, group, request, reader);
    }

    private static Task<SelectAppealResponse> Show(Variant variant, string currency, ExperimentGroup group, SelectAppealRequest request, in Reader reader)
    {
        var prepared = variant.Answers.Find(request.Locale, currency, group, reader);
        return variant.NeedsCountry || variant.NeedsArticleCount ? Task.FromResult(AppealAnswers.FillIn(prepared.Result, reader)) : prepared;
    }

    private Prepared Prepare(CatalogSnapshot snapshot)
    {
        var known = _prepared.Ordered.ToDictionary(c => c.Campaign, ReferenceEqualityComparer.Instance as IEqualityComparer<CatalogCampaign>);
        var candidates = new List<Candidate>();
        // An ended campaign never comes back: there is nothing to prepare.
        foreach (var campaign in snapshot.Campaigns.Where(c => c.Resource.State != Campaign.Types.State.Ended))
        {
            // One malformed campaign must not take the others away from readers.
            try
            {
                candidates.Add(known.TryGetValue(campaign, out var same) ? same : Ready(campaign));
            }
            catch (Exception e)
            {
                LogMalformed(_log, campaign.Id, e.GetType().Name);
                _metrics.Malformed();
            }
        }

        _topics.Freeze();
        var ordered = AppealSelection.Order(candidates);
        return new(ordered, new(ordered, _riskCountries), new(snapshot.Settings));
    }

    private Candidate Ready(CatalogCampaign campaign)
    {
        var candidate = new Candidate(campaign, _topics, Answers);
        foreach (var variant in AppealSelection.Placements.SelectMany(p => candidate.Asking(p).Concat(candidate.Moneyless(p))))
            variant.Answers.Try();
        return candidate;
    }

    private AppealAnswers Answers(CatalogCampaign campaign, Appeal appeal) => new(campaign, appeal, _fees);

    [LoggerMessage(Level = LogLevel.Error, Message = "The campaign {CampaignId} is malformed ({Type}) and not shown to readers")]
    private static partial void LogMalformed(ILogger log, string campaignId, string type);

    /// <param name="Ordered">All that could be shown, in order.</param>
    /// <param name="Index">The same, narrowed by placement and country.</param>
    /// <param name="Page">What holds for all campaigns.</param>
    private sealed record Prepared(ImmutableArray<Candidate> Ordered, CandidateIndex Index, PageRules Page)
    {
        public static readonly Prepared Nothing = new([], new([], FrozenSet<string>.Empty), new(new()));
    }
}
