using Donations.Server.Money;
using Donations.Server.Reminders;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Appeals;

/// <summary>What anonymous clients ask before a pledge, over gRPC: check, do, map.</summary>
internal sealed partial class AppealService(PreparedAppeals appeals, AppealPreview previews, FeeSchedule fees, Func<PaymentClientOptions> payments, AppealEvents events, MailReminders reminders, TimeProvider time) : V1.AppealService.AppealServiceBase
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

    private readonly FeeRate[] _rates =
    [
        .. AmountLimits.All.Select(limit => new FeeRate
        {
            Interval = limit.Interval,
            SharePpm = fees.SharePpm(limit.Currency, limit.Interval),
            FixedAmount = new MinorAmount(fees.Fixed(limit.Currency), limit.Currency).ToWire(),
        }),
    ];

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<SelectAppealResponse> SelectAppeal(SelectAppealRequest request, ServerCallContext context)
    {
        if (request.Explain && !AccessInterceptor.Caller(context).Has(Roles.Editor))
            throw RpcErrors.PermissionDenied();
        if (!SelectionValidation.IsValid(request))
            throw SelectionValidation.Invalid(request);
        var now = time.NowMicros();
        if (request.PreviewToken.Length > 0)
            return Task.FromResult(previews.Show(request, now, context.CancellationToken));
        return request.Explain ? appeals.ExplainAsync(request, now) : appeals.Select(request, now);
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
            MailReminders = reminders.AreOffered,
            AmountLimits = { Limits },
            ConsentTexts = { ConsentTexts.All },
            FeeRates = { _rates },
        });
    }
}
