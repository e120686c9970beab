using System.Collections.Frozen;
using System.Collections.Immutable;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>For each placement and country the campaigns that the fixed filters let through, in order.</summary>
internal sealed class CandidateIndex
{
    private readonly FrozenDictionary<string, ImmutableArray<Candidate>>[] _byCountry = new FrozenDictionary<string, ImmutableArray<Candidate>>[(int)Placement.App + 1];
    private readonly ImmutableArray<Candidate>[] _elsewhere = new ImmutableArray<Candidate>[(int)Placement.App + 1];

    /// <param name="ordered">The campaigns.</param>
    /// <param name="riskCountries">Where giving can be prosecuted.</param>
    public CandidateIndex(ImmutableArray<Candidate> ordered, FrozenSet<string> riskCountries)
    {
        // Only countries that some rule names differ from all others.
        var named = ordered.SelectMany(c => c.Campaign.Resource.IncludedCountries.Concat(c.Campaign.Resource.ExcludedCountries)).Concat(riskCountries).ToHashSet(StringComparer.Ordinal);
        foreach (var placement in AppealSelection.Placements)
        {
            _elsewhere[(int)placement] = AppealSelection.Narrow(ordered, new(placement, "", 0));
            _byCountry[(int)placement] = named.ToFrozenDictionary(
                country => country,
                country => AppealSelection.Narrow(ordered, new(placement, country, 0) { IsAtRisk = riskCountries.Contains(country) }),
                StringComparer.Ordinal);
        }
    }

    public ImmutableArray<Candidate> Find(in Reader reader) =>
        _byCountry[(int)reader.Placement].TryGetValue(reader.Country, out var here) ? here : _elsewhere[(int)reader.Placement];
}
