using System.Collections.Immutable;
using Donations.Server.Campaigns;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>
/// Every answer of SelectAppeal, made when the catalogue changes. A call then costs the filters and three look-ups: no I/O, no
/// lock, and the answer, task and all, is there already. Answers are shared by all callers: they are only ever read.
/// </summary>
internal sealed partial class PreparedAppeals
{
    private static readonly Task<SelectAppealResponse> None = Task.FromResult(new SelectAppealResponse());
    private readonly ILogger _log;
    private volatile Prepared _prepared = new([], []);

    public PreparedAppeals(CampaignCatalog catalog, ILogger<PreparedAppeals> log)
    {
        _log = log;
        catalog.Subscribe(snapshot => _prepared = Prepare(snapshot));
    }

    public Task<SelectAppealResponse> Select(in Reader reader, string locale, string currency)
    {
        var prepared = _prepared;
        var chosen = AppealSelection.Select(prepared.Candidates, reader);
        return chosen < 0 ? None : prepared.Answers[chosen][(int)reader.Placement]!.Find(locale, currency, reader.Country);
    }

    private Prepared Prepare(CatalogSnapshot snapshot)
    {
        var answers = new Dictionary<Candidate, AppealAnswers?[]>();
        foreach (var campaign in snapshot.Campaigns)
        {
            // One malformed campaign must not take the others away from readers.
            try
            {
                var candidate = new Candidate(campaign);
                answers.Add(candidate, Answers(candidate));
            }
            catch (Exception e)
            {
                LogMalformed(_log, campaign.Id, e.GetType().Name);
            }
        }

        var ordered = AppealSelection.Order(answers.Keys);
        return new(ordered, [.. ordered.Select(c => answers[c])]);
    }

    private static AppealAnswers?[] Answers(Candidate candidate)
    {
        var byPlacement = new AppealAnswers?[(int)Placement.App + 1];
        // An ended campaign never comes back: there is nothing to prepare.
        if (candidate.Campaign.Resource.State == Campaign.Types.State.Ended)
            return byPlacement;
        foreach (var placement in AppealSelection.Placements)
        {
            if (candidate.Appeal(placement) is { } appeal)
                byPlacement[(int)placement] = new(candidate.Campaign, appeal);
        }

        return byPlacement;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The campaign {CampaignId} is malformed ({Type}) and not shown to readers")]
    private static partial void LogMalformed(ILogger log, string campaignId, string type);

    private sealed record Prepared(ImmutableArray<Candidate> Candidates, ImmutableArray<AppealAnswers?[]> Answers);
}
