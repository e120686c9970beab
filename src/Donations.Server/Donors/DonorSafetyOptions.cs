namespace Donations.Server.Donors;

/// <summary>What protects donors; each part can be switched alone.</summary>
internal sealed class DonorSafetyOptions
{
    public const string Section = "DonorSafety";

    /// <summary>Refuse cards whose issuer sits in a listed country, or in none that Stripe knows, before anything reaches a bank.</summary>
    public bool IssuerGate { get; set; } = true;

    /// <summary>ISO 3166-1 alpha-2 codes. Which countries belong here is counsel's decision; empty means RU and BY.</summary>
    public List<string> IssuerCountries { get; } = [];

    /// <summary>The countries where giving can be prosecuted: those of <see cref="IssuerCountries"/>, or the default.</summary>
    public HashSet<string> ListedCountries() => new(IssuerCountries.Count > 0 ? IssuerCountries : ["RU", "BY"], StringComparer.OrdinalIgnoreCase);
}
