using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Appeals;

/// <summary>What anonymous clients ask before a pledge, over gRPC: check, do, map.</summary>
internal sealed partial class AppealService(PreparedAppeals appeals, Func<PaymentClientOptions> payments, AppealEvents events, TimeProvider time) : V1.AppealService.AppealServiceBase
{
    private static readonly AmountLimit[] Limits =
    [
        .. AmountLimits.All.Select(limit => new AmountLimit
        {
            Interval = limit.Interval,
            MinAmount = new MinorAmount(limit.MinMinor, limit.Currency).ToWire(),
            MaxAmount = new MinorAmount(limit.MaxMinor, limit.Currency).ToWire(),
        }),
    ];

    [Access(Anonymous = true)]
    public override Task<SelectAppealResponse> SelectAppeal(SelectAppealRequest request, ServerCallContext context)
    {
        if (!IsValid(request))
            throw Invalid(request);
        return appeals.Select(new(request.Placement, request.Country, time.NowMicros()), request.Locale, request.Currency);
    }

    [Access(Anonymous = true)]
    public override Task<GetPaymentOptionsResponse> GetPaymentOptions(GetPaymentOptionsRequest request, ServerCallContext context)
    {
        var options = payments();
        return Task.FromResult(new GetPaymentOptionsResponse
        {
            PublishableKey = options.PublishableKey,
            StripeJsUri = options.StripeJsUri,
            StripeMode = options.Mode,
            TokenRequired = options.TokenRequired,
            AmountLimits = { Limits },
            ConsentTexts = { ConsentTexts.All },
        });
    }

    /// <summary>Without a list to collect in: this is the hot path.</summary>
    private static bool IsValid(SelectAppealRequest request) =>
        IsKnown(request.Placement)
        && (request.Country.Length == 0 || Countries.IsKnown(request.Country))
        && (request.Currency.Length == 0 || Currencies.Find(request.Currency) is not null);

    private static RpcException Invalid(SelectAppealRequest request)
    {
        var violations = new List<(string, string)>();
        if (!IsKnown(request.Placement))
            violations.Add(("placement", "must be a known placement"));
        if (request.Country.Length > 0 && !Countries.IsKnown(request.Country))
            violations.Add(("country", "must be an ISO 3166-1 alpha-2 code, upper case"));
        if (request.Currency.Length > 0 && Currencies.Find(request.Currency) is null)
            violations.Add(("currency", "must be an ISO 4217 code, upper case, that Stripe presents charges in"));
        return RpcErrors.FieldInvalid(violations);
    }

    private static bool IsKnown(Placement placement) => placement is >= Placement.Banner and <= Placement.App;
}
