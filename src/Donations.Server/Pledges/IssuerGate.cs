using Donations.Server.Campaigns;
using Donations.Server.Payments;

namespace Donations.Server.Pledges;

/// <summary>What protects donors; each part can be switched alone.</summary>
internal sealed class DonorSafetyOptions
{
    public const string Section = "DonorSafety";

    /// <summary>Refuse cards whose issuer sits in a listed country, or in none that Stripe knows, before anything reaches a bank.</summary>
    public bool IssuerGate { get; set; } = true;

    /// <summary>ISO 3166-1 alpha-2 codes. Which countries belong here is counsel's decision; empty means RU and BY.</summary>
    public List<string> IssuerCountries { get; } = [];
}

/// <summary>
/// A bank in a risk country must not see the attempt: the card's country is read from the token before any confirm, set-up,
/// 3-D Secure or subscription call. Nothing about a refusal is stored.
/// </summary>
internal sealed class IssuerGate(DonorSafetyOptions options, IPaymentGateway gateway)
{
    private readonly HashSet<string> _listed = Listed(options);

    /// <summary>On: pledges need a token that can be looked at first.</summary>
    public bool IsOn => options.IssuerGate;

    /// <summary>A list with a country that does not exist protects nobody: refuse to start.</summary>
    private static HashSet<string> Listed(DonorSafetyOptions options)
    {
        List<string> listed = options.IssuerCountries.Count > 0 ? options.IssuerCountries : ["RU", "BY"];
        return listed.Find(c => !Countries.IsKnown(c)) is { } unknown
            ? throw new InvalidOperationException($"DonorSafety:IssuerCountries: {unknown} is not an ISO 3166-1 alpha-2 code. Refusing to start.")
            : new(listed, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The card behind a token, or null where there is no such token.</summary>
    /// <exception cref="GatewayUnknownException">Stripe did not answer.</exception>
    public async Task<CardFacts?> LookAsync(PaymentSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await gateway.InspectAsync(source, cancellationToken);
        }
        catch (GatewayRefusedException)
        {
            return null;
        }
    }

    /// <summary>Whether a card that was looked at may be charged.</summary>
    public bool Admits(CardFacts card) => !IsOn || (card.Country is { Length: 2 } country && !_listed.Contains(country));
}
