using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Payments;

namespace Donations.Server.Pledges;

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
        var listed = options.ListedCountries();
        return listed.FirstOrDefault(c => !Countries.IsKnown(c)) is { } unknown
            ? throw new InvalidOperationException($"DonorSafety:IssuerCountries: {unknown} is not an ISO 3166-1 alpha-2 code. Refusing to start.")
            : listed;
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
