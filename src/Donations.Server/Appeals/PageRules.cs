using System.Collections.Frozen;
using Donations.Server.Campaigns;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>What holds for all campaigns, whoever the reader is: the kill switches, the editors' exclusions, and a reader who asked to be reminded later.</summary>
internal sealed class PageRules
{
    private readonly bool[] _stopped = new bool[(int)Placement.App + 1];
    private readonly bool _isKnown;
    private readonly FrozenSet<string> _sections;
    private readonly FrozenSet<string> _tags;

    /// <param name="settings">Null where they could not be read: nothing is shown, since it is not known where nothing may be.</param>
    public PageRules(AppealSettings? settings)
    {
        _isKnown = settings is not null;
        foreach (var placement in AppealSelection.Placements.Where(p => settings?.StoppedPlacements.Contains(p) == true))
            _stopped[(int)placement] = true;
        _sections = (settings?.SensitiveSections ?? []).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _tags = (settings?.SensitiveTags ?? []).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    public bool Allows(SelectAppealRequest request, long now) => IsSwitchedOn(request) && IsHarmless(request) && IsDue(request, now);

    public IEnumerable<FilterVerdict> Explain(SelectAppealRequest request, long now) =>
    [
        new() { Filter = "placement_switch", Passed = IsSwitchedOn(request) },
        new() { Filter = "editorial", Passed = IsHarmless(request) },
        new() { Filter = "reminder", Passed = IsDue(request, now) },
    ];

    private bool IsSwitchedOn(SelectAppealRequest request) => !_stopped[(int)request.Placement];

    /// <summary>Fails closed: of what is not known nothing is assumed.</summary>
    private bool IsHarmless(SelectAppealRequest request)
    {
        if (request.Sensitive || !_isKnown)
            return false;
        if (_sections.Count == 0 && _tags.Count == 0)
            return true;
        var section = request.Section.Trim();
        if ((section.Length == 0 && request.Placement == Placement.ArticleEnd) || request.Tags.Count > Reader.MaxTags || IsSensitive(_sections, section))
            return false;
        foreach (var tag in request.Tags)
        {
            if (IsSensitive(_tags, tag.Trim()))
                return false;
        }

        return true;
    }

    /// <summary>A text whose letters are made of several characters may be one of them, written otherwise.</summary>
    private static bool IsSensitive(FrozenSet<string> topics, string topic) => topics.Contains(topic) || CampaignValidation.HasCombiningMark(topic);

    private static bool IsDue(SelectAppealRequest request, long now) => request.RemindDate is not { } date || Reader.DayOf(date) <= Reader.DayOf(now);
}
