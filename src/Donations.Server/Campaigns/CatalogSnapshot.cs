using System.Collections.Frozen;
using System.Collections.Immutable;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Campaigns;

/// <summary>Everything of the catalogue that readers can see, at one moment. Never changes.</summary>
internal sealed class CatalogSnapshot
{
    public static readonly CatalogSnapshot Empty = new([], -1, new());
    private readonly FrozenDictionary<string, CatalogCampaign> _byId;

    public CatalogSnapshot(IEnumerable<CatalogCampaign> campaigns, long stamp, AppealSettings? settings)
    {
        Settings = settings;
        Campaigns = [.. campaigns];
        Stamp = stamp;
        _byId = Campaigns.ToFrozenDictionary(c => c.Id, StringComparer.Ordinal);
    }

    /// <summary>By creation, oldest first.</summary>
    public ImmutableArray<CatalogCampaign> Campaigns { get; }

    /// <summary>Kill switches and editorial exclusions; null where they could not be read.</summary>
    public AppealSettings? Settings { get; }

    /// <summary>The catalogue's version that this was read from.</summary>
    public long Stamp { get; }

    /// <summary>A published campaign, paused and ended ones included; drafts and deleted ones are not here.</summary>
    public CatalogCampaign? Find(string campaignId) => _byId.GetValueOrDefault(campaignId);
}

/// <summary>A published campaign with its tiers and appeals.</summary>
internal sealed class CatalogCampaign
{
    private readonly Campaign.Types.State _stored;
    private readonly FrozenDictionary<string, CatalogTier> _tiers;
    private readonly FrozenSet<string> _appealIds;
    private readonly FrozenSet<string> _included;
    private readonly FrozenSet<string> _excluded;

    /// <param name="row">The campaign's row.</param>
    /// <param name="tiers">Its tiers by position.</param>
    /// <param name="appeals">Its appeals by id.</param>
    /// <param name="now">Microseconds; the state in <see cref="Resource"/> is of then, <see cref="IsActive"/> tells it for any time.</param>
    public CatalogCampaign(StoredCampaign row, IEnumerable<StoredPart> tiers, IEnumerable<StoredPart> appeals, long now)
    {
        Id = row.CampaignId;
        Version = row.Version;
        Resource = CampaignMapping.ToResource(row, now);
        CreateTimeMicros = row.CreateTimeUs;
        StartMicros = Resource.StartTime is null ? null : UnixMicros.FromTimestamp(Resource.StartTime);
        EndMicros = Resource.EndTime is null ? null : UnixMicros.FromTimestamp(Resource.EndTime);
        Tiers = [.. tiers.Select(t => new CatalogTier(t.Id, CampaignMapping.ToTier(t)))];
        Appeals = [.. appeals.Select(CampaignMapping.ToAppeal)];
        _stored = (Campaign.Types.State)row.State;
        _tiers = Tiers.ToFrozenDictionary(t => t.Id, StringComparer.Ordinal);
        _appealIds = Appeals.Select(a => a.Name[(a.Name.LastIndexOf('/') + 1)..]).ToFrozenSet(StringComparer.Ordinal);
        _included = Resource.IncludedCountries.ToFrozenSet(StringComparer.Ordinal);
        _excluded = Resource.ExcludedCountries.ToFrozenSet(StringComparer.Ordinal);
    }

    public string Id { get; }

    /// <summary>Of its row: rises with every change of it, its tiers and its appeals.</summary>
    public long Version { get; }

    /// <summary>What was published of its progress, or null.</summary>
    public StoredProgress? Progress { get; init; }

    public Campaign Resource { get; }

    public string Fund => Resource.Fund;

    public long CreateTimeMicros { get; }

    /// <summary>First instant at which it is shown, or null.</summary>
    public long? StartMicros { get; }

    /// <summary>First instant at which it no longer is, or null.</summary>
    public long? EndMicros { get; }

    /// <summary>By position; archived ones included.</summary>
    public ImmutableArray<CatalogTier> Tiers { get; }

    /// <summary>By id; archived ones included.</summary>
    public ImmutableArray<Appeal> Appeals { get; }

    /// <summary>Neither paused nor ended by hand; its schedule may still keep it from being shown.</summary>
    public bool IsOn => _stored is Campaign.Types.State.Scheduled or Campaign.Types.State.Active;

    /// <summary>Where it stands at a time.</summary>
    public Campaign.Types.State StateAt(long nowMicros) => CampaignLifecycle.Effective(_stored, StartMicros, EndMicros, nowMicros);

    /// <summary>Shown to readers, and takes pledges.</summary>
    public bool IsActive(long nowMicros) => StateAt(nowMicros) == Campaign.Types.State.Active;

    public CatalogTier? FindTier(string tierId) => _tiers.GetValueOrDefault(tierId);

    public bool HasAppeal(string appealId) => _appealIds.Contains(appealId);

    /// <summary>Whether readers in a country are asked; an unknown country (empty) is in no list.</summary>
    public bool Asks(string country) => !_excluded.Contains(country) && (_included.Count == 0 || _included.Contains(country));
}

/// <summary>A tier of a published campaign.</summary>
internal sealed class CatalogTier
{
    private readonly FrozenDictionary<string, MinorAmount> _prices;

    /// <exception cref="InvalidDataException">A price is none.</exception>
    public CatalogTier(string id, Tier resource)
    {
        Id = id;
        Resource = resource;
        _prices = resource.Prices
            .Select(price => MinorAmount.TryFromWire(price, out var amount, out _) ? amount : throw new InvalidDataException($"A price of {resource.Name} is malformed"))
            .ToFrozenDictionary(amount => amount.Currency, StringComparer.Ordinal);
    }

    public string Id { get; }

    public Tier Resource { get; }

    public bool IsActive => Resource.State == Tier.Types.State.Active;

    public bool FreeAmount => Resource.FreeAmount;

    public PledgeInterval Interval => Resource.Interval;

    public IReadOnlyList<string> Currencies => _prices.Keys;

    /// <summary>The price in a currency, or null where the tier has none; for a free amount the one suggested first.</summary>
    public MinorAmount? Price(string currency) => _prices.TryGetValue(currency, out var price) ? price : null;
}
