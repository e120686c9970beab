using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.V1;

namespace Donations.Server.Pledges;

/// <summary>A CreatePledgeRequest whose fields are well formed, with names taken apart.</summary>
internal sealed record CheckedPledge(string CampaignId, string TierId, MinorAmount Amount, long FeeCoverMinor, string? AppealId);

/// <summary>One rule set per request; each collects everything that is wrong.</summary>
internal static class PledgeValidation
{
    private const int MaxConsents = 10;
    private const int MaxToken = 255;

    /// <summary>Checks form only: what needs the catalogue comes after.</summary>
    public static CheckedPledge Check(CreatePledgeRequest request, CheckoutOperation.Arguments? checkout, bool development)
    {
        var violations = new Violations();
        violations.Require(request.Parent is "" or "donors/me", "parent", "must be empty or `donors/me`");
        var campaignOk = CampaignNames.TryParseCampaign(request.Campaign, out var campaignId);
        violations.Require(campaignOk, "campaign", "must look like campaigns/{campaign}");
        var tierOk = CampaignNames.TryParseTier(request.Tier, out var tierCampaign, out var tierId);
        violations.Require(tierOk, "tier", "must look like campaigns/{campaign}/tiers/{tier}");
        violations.Require(!tierOk || !campaignOk || tierCampaign == campaignId, "tier", "must belong to the campaign");
        var (amount, cover) = Amounts(request.Amount, request.FeeCoverAmount, violations);
        Source(request.HasConfirmationToken ? request.ConfirmationToken : null, request.HasPaymentMethod ? request.PaymentMethod : null, request.ReturnUrl, development, violations);
        if (checkout is not null)
        {
            Url(checkout.SuccessUrl, "success_url", development, violations);
            Url(checkout.CancelUrl, "cancel_url", development, violations);
        }

        violations.Require(request.Email.Length == 0 || ContactVault.IsPlausible(request.Email), "email", "must be an e-mail address");
        violations.Require(request.Locale.Length == 0 || IsLocale(request.Locale), "locale", "must be a BCP-47 tag, such as en or pt-BR");
        var appealId = Attribution(request.Attribution, campaignId ?? "", violations);
        Consents(request, violations);
        violations.ThrowIfAny();
        return new(campaignId!, tierId!, amount, cover, appealId);
    }

    /// <summary>Amount and fee cover as minor units of one currency; the cover is the smaller part.</summary>
    public static (MinorAmount Amount, long CoverMinor) Amounts(Google.Type.Money wire, Google.Type.Money? coverWire, Violations violations)
    {
        if (!MinorAmount.TryFromWire(wire, out var amount, out var error))
            violations.Add("amount", error);
        else if (amount.Minor <= 0)
            violations.Add("amount", "must be more than zero");
        if (coverWire is null)
            return (amount, 0);
        if (!MinorAmount.TryFromWire(coverWire, out var cover, out error))
            violations.Add("fee_cover_amount", error);
        else if (cover.Currency != amount.Currency && amount.Currency is not null)
            violations.Add("fee_cover_amount.currency_code", "must be the currency of amount");
        else if (cover.Minor < 0 || cover.Minor >= amount.Minor - cover.Minor)
            violations.Add("fee_cover_amount", "must be zero or more, and less than the rest of amount");
        return (amount, cover.Minor);
    }

    /// <summary>A new amount for a pledge: its currency, and within the limits of the interval.</summary>
    public static void Offer(PledgeRow pledge, MinorAmount amount, PledgeInterval interval)
    {
        if (pledge.Currency != amount.Currency)
            throw RpcErrors.FieldInvalid("amount.currency_code", $"must be {pledge.Currency}, the pledge's currency");
        if (AmountLimits.Check(amount, interval) is { } wrong)
            throw RpcErrors.FieldInvalid("amount", wrong);
    }

    /// <summary>A token of Stripe's form with an address to come back to, a payment method, or nothing.</summary>
    public static void Source(string? confirmationToken, string? paymentMethod, string returnUrl, bool development, Violations violations)
    {
        var token = confirmationToken ?? paymentMethod;
        violations.Require(
            token is null || (token.Length is > 0 and <= MaxToken && token.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')),
            confirmationToken is null ? "payment_method" : "confirmation_token",
            "must be an id that Stripe's client library made");
        if (confirmationToken is not null)
            violations.Require(returnUrl.Length > 0, "return_url", "is required with confirmation_token");
        if (returnUrl.Length > 0)
            Url(returnUrl, "return_url", development, violations);
    }

    private static void Url(string address, string path, bool development, Violations violations)
    {
        var url = Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri : null;
        var secure = url is { Scheme: "https" } || (development && url is { Scheme: "http", IsLoopback: true });
        violations.Require(address.Length <= 2048 && secure && url!.UserInfo.Length == 0, path, "must be an https address of at most 2048 characters");
    }

    private static string? Attribution(PledgeAttribution? attribution, string campaignId, Violations violations)
    {
        if (attribution is null)
            return null;
        violations.Require(System.Enum.IsDefined(attribution.Placement), "attribution.placement", "is not a known placement");
        violations.Require(System.Enum.IsDefined(attribution.ExperimentGroup), "attribution.experiment_group", "is not a known group");
        violations.Require(System.Enum.IsDefined(attribution.Reminder), "attribution.reminder", "is not a known kind of reminder");
        violations.Require(
            attribution.SourceCode.Length <= 64 && attribution.SourceCode.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'),
            "attribution.source_code",
            "must have at most 64 of a-z, A-Z, 0-9, `.`, `_` and `-`");
        if (attribution.Appeal.Length == 0)
            return null;
        var ok = CampaignNames.TryParseAppeal(attribution.Appeal, out var appealCampaign, out var appealId) && appealCampaign == campaignId;
        violations.Require(ok, "attribution.appeal", "must be an appeal of the campaign");
        return ok ? appealId : null;
    }

    private static void Consents(CreatePledgeRequest request, Violations violations)
    {
        violations.Require(request.Consents.Count <= MaxConsents, "consents", $"must have at most {MaxConsents} entries");
        var seen = new HashSet<Consent.Types.Purpose>();
        for (var i = 0; i < Math.Min(request.Consents.Count, MaxConsents); i++)
        {
            var consent = request.Consents[i];
            violations.Require(System.Enum.IsDefined(consent.Purpose), $"consents[{i}].purpose", "is not a known purpose");
            violations.Require(seen.Add(consent.Purpose), $"consents[{i}].purpose", "must be there once");
            violations.Length(consent.TextVersion, 1, 40, $"consents[{i}].text_version");
        }
    }

    private static bool IsLocale(string tag) =>
        tag.Length <= 35 && tag.Split('-') is [{ Length: >= 2 and <= 3 } language, .. var rest] && language.All(char.IsAsciiLetter) && rest.All(p => p.Length is >= 1 and <= 8 && p.All(char.IsAsciiLetterOrDigit));
}
