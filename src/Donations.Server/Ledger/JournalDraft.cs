namespace Donations.Server.Ledger;

/// <summary>What a line is reported by.</summary>
/// <param name="CampaignId">Campaign, or null where there is none.</param>
/// <param name="Fund">Fund, or null.</param>
/// <param name="Placement">Number of donations.v1.Placement; 0 for none.</param>
/// <param name="Method">Stripe's word for how it was paid, such as `card`; null where that is not known.</param>
internal sealed record Dimensions(string? CampaignId, string? Fund, int Placement, string? Method = null)
{
    public static readonly Dimensions None = new(null, null, 0);
}

/// <summary>The donor's side of an amount that was settled in another currency.</summary>
/// <param name="Minor">Minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="ExchangeRate">Decimal text, from the original to the settlement currency.</param>
internal sealed record Original(long Minor, string Currency, string ExchangeRate);

/// <summary>One side of a fact: positive minor units are a debit, negative ones a credit.</summary>
internal sealed record DraftLine(Account Account, long SignedMinor, Dimensions Dimensions, Original? Original = null);

/// <summary>
/// A fact on its way into the journal. Its source and transition are what it is known by: posting the same fact again
/// does nothing.
/// </summary>
internal sealed class JournalDraft(string sourceKind, string sourceId, string transition, string currency, long factTimeMicros, bool livemode, string memo)
{
    private readonly List<DraftLine> _lines = [];

    public string SourceKind => sourceKind;

    public string SourceId => sourceId;

    public string Transition => transition;

    public string Currency => currency;

    public long FactTimeMicros => factTimeMicros;

    public bool Livemode => livemode;

    public string Memo => memo;

    /// <summary>Day to book it on, such as 20261124; null: the day of the fact.</summary>
    public int? BookDate { get; init; }

    public IReadOnlyList<DraftLine> Lines => _lines;

    /// <summary>Adds a line; an amount of zero adds none.</summary>
    public JournalDraft Add(Account account, long signedMinor, Dimensions? dimensions = null, Original? original = null)
    {
        if (signedMinor != 0)
            _lines.Add(new(account, signedMinor, dimensions ?? Dimensions.None, original));
        return this;
    }
}
