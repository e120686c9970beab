using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Donations.Server.Campaigns;

/// <summary>Resource names of campaigns, tiers and appeals, and the shapes of the ids in them.</summary>
internal static class CampaignNames
{
    public const int MaxIdLength = 40;
    private const int MinCampaignIdLength = 3;
    private const int MinPartIdLength = 2;
    private const string Campaigns = "campaigns/";
    private const string Tiers = "/tiers/";
    private const string Appeals = "/appeals/";
    private static readonly SearchValues<char> IdChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    public static string Campaign(string campaignId) => Campaigns + campaignId;

    public static string Tier(string campaignId, string tierId) => $"{Campaigns}{campaignId}{Tiers}{tierId}";

    public static string Appeal(string campaignId, string appealId) => $"{Campaigns}{campaignId}{Appeals}{appealId}";

    public static bool TryParseCampaign(string name, [NotNullWhen(true)] out string? campaignId)
    {
        campaignId = name.StartsWith(Campaigns, StringComparison.Ordinal) ? name[Campaigns.Length..] : "";
        if (IsCampaignId(campaignId))
            return true;
        campaignId = null;
        return false;
    }

    public static bool TryParseTier(string name, [NotNullWhen(true)] out string? campaignId, [NotNullWhen(true)] out string? tierId) =>
        TryParsePart(name, Tiers, out campaignId, out tierId);

    public static bool TryParseAppeal(string name, [NotNullWhen(true)] out string? campaignId, [NotNullWhen(true)] out string? appealId) =>
        TryParsePart(name, Appeals, out campaignId, out appealId);

    public static bool IsCampaignId(string id) =>
        id.Length is >= MinCampaignIdLength and <= MaxIdLength && char.IsAsciiLetterLower(id[0]) && !id.AsSpan().ContainsAnyExcept(IdChars);

    /// <summary>The shape of tier and appeal ids.</summary>
    public static bool IsPartId(string id) =>
        id.Length is >= MinPartIdLength and <= MaxIdLength && !id.AsSpan().ContainsAnyExcept(IdChars);

    /// <summary>The shape of funds: as short as one character.</summary>
    public static bool IsFund(string fund) => fund.Length is >= 1 and <= MaxIdLength && !fund.AsSpan().ContainsAnyExcept(IdChars);

    private static bool TryParsePart(string name, string collection, [NotNullWhen(true)] out string? campaignId, [NotNullWhen(true)] out string? partId)
    {
        partId = null;
        campaignId = null;
        var at = name.IndexOf(collection, StringComparison.Ordinal);
        if (at < 0 || !TryParseCampaign(name[..at], out campaignId) || !IsPartId(name[(at + collection.Length)..]))
        {
            campaignId = null;
            return false;
        }

        partId = name[(at + collection.Length)..];
        return true;
    }
}
