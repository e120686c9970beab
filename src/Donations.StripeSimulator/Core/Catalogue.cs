namespace Donations.StripeSimulator.Core;

/// <summary>Constants of the account and of the API version this simulator speaks.</summary>
internal static class Catalogue
{
    public const string ApiVersion = "2026-10-28.endive";

    public const string AccountName = "Simulated Foundation";
}
