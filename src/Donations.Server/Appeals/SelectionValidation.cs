using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.V1;
using Google.Protobuf.Collections;
using Grpc.Core;

namespace Donations.Server.Appeals;

/// <summary>The field rules of SelectAppeal. Checked without a list to collect in, for this is the hot path; the list is made where something is wrong.</summary>
internal static class SelectionValidation
{
    private const int MaxTopic = 100;

    public static bool IsValid(SelectAppealRequest request) =>
        IsKnown(request.Placement)
        && (request.Country.Length == 0 || Countries.IsKnown(request.Country))
        && (request.Currency.Length == 0 || Currencies.Find(request.Currency) is not null)
        && (!request.HasVisitorNumber || request.VisitorNumber is >= 0 and < VariantChoice.Visitors)
        && request.Device is >= Device.Unspecified and <= Device.App
        && request.ArticleCount >= 0
        && request.Section.Length <= MaxTopic
        && LongTopic(request.Tags) < 0
        && (request.LastContributionDate is not { } month || Reader.IsMonth(month))
        && (request.RemindDate is not { } date || Reader.IsDate(date));

    public static RpcException Invalid(SelectAppealRequest request)
    {
        var violations = new List<(string, string)>();
        void Require(bool holds, string path, string rule)
        {
            if (!holds)
                violations.Add((path, rule));
        }

        Require(IsKnown(request.Placement), "placement", "must be a known placement");
        Require(request.Country.Length == 0 || Countries.IsKnown(request.Country), "country", "must be an ISO 3166-1 alpha-2 code, upper case");
        Require(request.Currency.Length == 0 || Currencies.Find(request.Currency) is not null, "currency", "must be an ISO 4217 code, upper case, that Stripe presents charges in");
        Require(!request.HasVisitorNumber || request.VisitorNumber is >= 0 and < VariantChoice.Visitors, "visitor_number", "must be from 0 to 999,999");
        Require(request.Device is >= Device.Unspecified and <= Device.App, "device", "must be a known device");
        Require(request.ArticleCount >= 0, "article_count", "must not be negative");
        Require(request.Section.Length <= MaxTopic, "section", $"must have at most {MaxTopic} characters");
        Require(LongTopic(request.Tags) < 0, $"tags[{Math.Max(0, LongTopic(request.Tags))}]", $"must have at most {MaxTopic} characters");
        Require(request.LastContributionDate is not { } month || Reader.IsMonth(month), "last_contribution_date", "must be a month of the years 2000 to 9998");
        Require(request.RemindDate is not { } date || Reader.IsDate(date), "remind_date", "must be a day of the years 2000 to 9998");
        return RpcErrors.FieldInvalid(violations);
    }

    private static bool IsKnown(Placement placement) => placement is >= Placement.Banner and <= Placement.App;

    private static int LongTopic(RepeatedField<string> topics)
    {
        for (var i = 0; i < topics.Count; i++)
        {
            if (topics[i].Length > MaxTopic)
                return i;
        }

        return -1;
    }
}
