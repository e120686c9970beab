using Donations.V1;

namespace Donations.SimulationTests.Decade;

/// <summary>What a pledge gives from a time on.</summary>
/// <param name="From">Unix seconds.</param>
/// <param name="AmountMinor">Minor units, the cover among them.</param>
/// <param name="CoverMinor">The part that covers fees.</param>
/// <param name="Interval">How often it gives.</param>
internal sealed record Terms(long From, long AmountMinor, long CoverMinor, PledgeInterval Interval);

/// <summary>A pledge as the harness made it and changed it: its own log, not the server's.</summary>
internal sealed class DecadePledge(string name, DecadeDonor donor, DecadeCampaign campaign, string appeal, Placement placement, bool recurring, string currency)
{
    /// <summary>Its resource name, which is also in the metadata of Stripe's objects.</summary>
    public string Name => name;

    public DecadeDonor Donor => donor;

    public DecadeCampaign Campaign => campaign;

    public string Appeal => appeal;

    public Placement Placement => placement;

    /// <summary>ISO 4217, upper case.</summary>
    public string Currency => currency;

    public List<Terms> Terms { get; } = [];

    /// <summary>What it gives from the end of the paid period on, if that comes about.</summary>
    public Terms? Planned { get; set; }

    public string? Subscription { get; set; }

    /// <summary>Its donor asked for the end, now or with the period.</summary>
    public bool EndAsked { get; set; }

    public bool Recurring => recurring;

    public Terms TermsAt(long time) => Terms.Last(t => t.From <= time);
}

/// <summary>One reader for ten years. What a reader does follows from the seed and the reader's number alone.</summary>
internal sealed class DecadeDonor(int seed, int number)
{
    private static readonly string[] Currencies = ["USD", "USD", "EUR", "EUR", "GBP", "JPY"];
    private static readonly string[] Plain = ["pm_card_visa", "pm_card_mastercard", "pm_card_gb", "pm_card_de", "pm_card_fr", "pm_card_amex"];

    /// <summary>Cards that something follows from, and how often a reader has one, in thousandths.</summary>
    private static readonly (int Thousandths, string Card)[] Special =
    [
        (20, "pm_card_pendingRefund"), (20, "pm_card_refundFail"), (15, "pm_card_createDispute"), (10, "pm_card_createDisputeProductNotReceived"),
        (10, "pm_card_createDisputeInquiry"), (5, "pm_card_createMultipleDisputes"), (10, "pm_card_createIssuerFraudRecord"), (30, "pm_card_chargeDeclined"),
    ];

    private string? _card;
    private string? _currency;

    public int Number => number;

    public Random Random { get; } = new((seed * 1_000_003) + number);

    /// <summary>Opens the first pledge again from another device.</summary>
    public string ManageCode { get; set; } = "";

    public List<DecadePledge> Pledges { get; } = [];

    public string Currency => _currency ??= Currencies[Random.Next(Currencies.Length)];

    public string Card => _card ??= PickCard();

    /// <summary>Disputes and refunds of one charge get in each other's way.</summary>
    public bool Disputes => Card.Contains("Dispute", StringComparison.Ordinal) || Card.Contains("Fraud", StringComparison.Ordinal);

    public bool Chance(double share) => Random.NextDouble() < share;

    /// <summary>Another card, one that works.</summary>
    public string Another() => _card = Plain[Random.Next(Plain.Length)];

    /// <summary>An amount and, for some, what covers the fee, in minor units.</summary>
    public (long Amount, long Cover) PickAmount(PledgeInterval interval)
    {
        var gift = interval switch
        {
            PledgeInterval.Monthly => Random.Next(200, 2500),
            PledgeInterval.Annual => Random.Next(1200, 20_000),
            _ => Random.Next(100, 15_000),
        } + (Currency == "JPY" ? interval == PledgeInterval.Annual ? 0 : 100 : 0);
        var cover = Chance(0.3) ? (gift * 3 / 100) + 30 : 0;
        return (gift + cover, cover);
    }

    private string PickCard()
    {
        var roll = Random.Next(1000);
        foreach (var (thousandths, card) in Special)
        {
            if (roll < thousandths)
                return card;
            roll -= thousandths;
        }

        return Plain[Random.Next(Plain.Length)];
    }
}
