using System.Collections.Frozen;
using System.Collections.Immutable;
using Donations.Server.Campaigns;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>A campaign that could be shown, made ready for the filters: what they ask is a field, not a look-up.</summary>
internal sealed class Candidate
{
    public const int DefaultDismissalDays = 14;
    public const int DefaultAskPauseDays = 90;
    public const int DefaultControlPercent = 10;
    private static readonly FrequencyCap DefaultCap = new() { ViewCount = 4, DayCount = 30 };
    private readonly ImmutableArray<Variant>[] _asking = new ImmutableArray<Variant>[(int)Placement.App + 1];
    private readonly ImmutableArray<Variant>[] _moneyless = new ImmutableArray<Variant>[(int)Placement.App + 1];

    /// <param name="campaign">The campaign.</param>
    /// <param name="topics">Gives sections and tags their numbers.</param>
    /// <param name="answers">Makes the answers of a variant.</param>
    public Candidate(CatalogCampaign campaign, TopicIndex topics, Func<CatalogCampaign, Appeal, AppealAnswers> answers)
    {
        Campaign = campaign;
        Name = campaign.Resource.Name;
        Currencies = campaign.Tiers.Where(t => t.IsActive).SelectMany(t => t.Currencies).ToFrozenSet(StringComparer.Ordinal);
        var targeting = campaign.Resource.Targeting ?? new();
        IncludedSections = topics.Add(targeting.IncludedSections);
        ExcludedSections = topics.Add(targeting.ExcludedSections);
        IncludedTags = topics.Add(targeting.IncludedTags);
        ExcludedTags = topics.Add(targeting.ExcludedTags);
        Devices = targeting.Devices.Aggregate(0, (all, device) => all | (1 << (int)device));
        (MinArticles, MaxArticles) = (targeting.MinArticleCount, targeting.MaxArticleCount == 0 ? int.MaxValue : targeting.MaxArticleCount);
        Cohort = targeting.Cohort;
        Cap = campaign.Resource.FrequencyCap ?? DefaultCap;
        DismissalDays = campaign.Resource.HasDismissalPauseDays ? campaign.Resource.DismissalPauseDays : DefaultDismissalDays;
        AskPauseDays = campaign.Resource.HasAskPauseDays ? campaign.Resource.AskPauseDays : DefaultAskPauseDays;
        ControlPercent = campaign.Resource.HasControlPercent ? campaign.Resource.ControlPercent : DefaultControlPercent;
        IsBandit = campaign.Resource.Allocation == Allocation.Bandit;
        RiskPolicy = campaign.Resource.RiskCountryPolicy == RiskCountryPolicy.Unspecified ? RiskCountryPolicy.NoMoney : campaign.Resource.RiskCountryPolicy;
        ControlSeed = VariantChoice.Seed(Name + "/control");
        foreach (var placement in AppealSelection.Placements)
        {
            _asking[(int)placement] = Variants(placement, Appeal.Types.Kind.Ask, answers);
            _moneyless[(int)placement] = Variants(placement, Appeal.Types.Kind.NoMoney, answers);
            // Where nobody is asked there is nobody to be told that nothing is asked.
            if (_moneyless[(int)placement].IsEmpty && !_asking[(int)placement].IsEmpty)
                _moneyless[(int)placement] = [Ready(NoMoneyTexts.Appeal(placement), answers)];
        }
    }

    public CatalogCampaign Campaign { get; }

    /// <summary>The resource name.</summary>
    public string Name { get; }

    /// <summary>Those of its active tiers.</summary>
    public FrozenSet<string> Currencies { get; }

    public int[] IncludedSections { get; }

    public int[] ExcludedSections { get; }

    public int[] IncludedTags { get; }

    public int[] ExcludedTags { get; }

    /// <summary>A bit for each device; 0: all.</summary>
    public int Devices { get; }

    public int MinArticles { get; }

    public int MaxArticles { get; }

    public Cohort Cohort { get; }

    public FrequencyCap Cap { get; }

    public int DismissalDays { get; }

    public int AskPauseDays { get; }

    public bool IsBandit { get; }

    public int ControlPercent { get; }

    /// <summary>Names the campaign's draw of who is in the control share.</summary>
    public ulong ControlSeed { get; }

    public RiskCountryPolicy RiskPolicy { get; }

    /// <summary>Whether this reader gets the message without money.</summary>
    public bool IsMoneyless(in Reader reader) => reader.IsAtRisk && RiskPolicy != RiskCountryPolicy.Ask;

    /// <summary>Which part of an experiment this reader is in: none where the bandit does not choose, or for readers without a number, who all see the heaviest.</summary>
    public ExperimentGroup Group(in Reader reader) =>
        !IsBandit || reader.VisitorNumber < 0 || IsMoneyless(reader) ? ExperimentGroup.Unspecified
        : VariantChoice.IsIn(ControlSeed, reader.VisitorNumber, ControlPercent) ? ExperimentGroup.Control
        : ExperimentGroup.Treatment;

    /// <summary>What could be said to this reader; empty where nothing can.</summary>
    public ImmutableArray<Variant> Variants(in Reader reader) => (IsMoneyless(reader) ? _moneyless : _asking)[(int)reader.Placement];

    /// <summary>The asking appeals of a placement that have a share.</summary>
    public ImmutableArray<Variant> Asking(Placement placement) => _asking[(int)placement];

    /// <summary>What readers in a risk country are told in a placement.</summary>
    public ImmutableArray<Variant> Moneyless(Placement placement) => _moneyless[(int)placement];

    /// <summary>The currency to answer in: the one asked for, else the country's, else US dollars, else one that the campaign has: an appeal with nothing to give would help nobody.</summary>
    public string Currency(string asked, string country)
    {
        if (asked.Length > 0 && Currencies.Contains(asked))
            return asked;
        var usual = CountryCurrencies.Find(country);
        if (Currencies.Contains(usual))
            return usual;
        return Currencies.Contains(CountryCurrencies.Default) ? CountryCurrencies.Default : Currencies.Order(StringComparer.Ordinal).First();
    }

    private ImmutableArray<Variant> Variants(Placement placement, Appeal.Types.Kind kind, Func<CatalogCampaign, Appeal, AppealAnswers> answers) =>
    [
        .. Campaign.Appeals
            .Where(a => a.Placement == placement && a.Kind == kind && a.State == Appeal.Types.State.Active && a.Weight > 0)
            .Select(a => Ready(a, answers)),
    ];

    private Variant Ready(Appeal appeal, Func<CatalogCampaign, Appeal, AppealAnswers> answers) => new(appeal, answers(Campaign, appeal));
}

/// <summary>An appeal with its answers and what choosing it needs.</summary>
internal sealed class Variant(Appeal appeal, AppealAnswers answers)
{
    public Appeal Appeal => appeal;

    public AppealAnswers Answers => answers;

    public int Weight { get; } = appeal.Weight;

    /// <summary>The appeal's id; empty for a text that ships.</summary>
    public string Id { get; } = appeal.Name[(appeal.Name.LastIndexOf('/') + 1)..];

    /// <summary>Names this variant's draw for each visitor.</summary>
    public ulong Seed { get; } = VariantChoice.Seed(appeal.Name);

    /// <summary>Its text names the reader's country.</summary>
    public bool NeedsCountry { get; } = CopyText.Uses(appeal, CopyText.Country);

    /// <summary>Its text names how many articles the reader has read.</summary>
    public bool NeedsArticleCount { get; } = CopyText.Uses(appeal, CopyText.ArticleCount);

    /// <summary>Whether everything that its text names is known of this reader.</summary>
    public bool Fits(in Reader reader) => (!NeedsCountry || reader.Country.Length > 0) && (!NeedsArticleCount || reader.ArticleCount > 0);
}
