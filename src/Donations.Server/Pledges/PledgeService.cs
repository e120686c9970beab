using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

internal sealed class PledgeService(
    Database database, Idempotency idempotency, PledgeMaker maker, PledgeChanger changer, PledgeConfirmer confirmer, IssuerGate gate, ContactVault vault, CallerTokens tokens, PageTokens pageTokens, TimeProvider time,
    IHostEnvironment environment) : V1.PledgeService.PledgeServiceBase
{
    private const int DefaultPage = 50;
    private const int MaxPage = 1000;
    private const int MaxFound = 100;
    private static readonly long MaxPauseMicros = 366 * UnixMicros.PerDay;

    [Access(Roles.Support, Anonymous = true)]
    public override Task<CreatePledgeResponse> CreatePledge(CreatePledgeRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        return idempotency.RunAsync(request, request.RequestId, caller, maker.Work(request, caller));
    }

    [Access(Roles.Support, Anonymous = true)]
    public override Task<CreatePledgeResponse> CreateCheckoutSession(CreateCheckoutSessionRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        return idempotency.RunAsync(request, request.RequestId, caller, maker.Work(request, caller));
    }

    [Access(Roles.Support, Donor = true)]
    public override Task<ConfirmPledgeResponse> ConfirmPledge(ConfirmPledgeRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, caller);
        return idempotency.RunAsync(request, request.RequestId, caller, confirmer.Confirm(donorId, pledgeId));
    }

    [Access(Anonymous = true)]
    public override Task<ExchangeManageCodeResponse> ExchangeManageCode(ExchangeManageCodeRequest request, ServerCallContext context)
    {
        var secret = ManageCode.Parse(request.ManageCode) ?? throw RpcErrors.FieldInvalid("manage_code", "must have 26 letters and digits");
        var hash = ManageCode.Hash(secret);
        var pledge = database.Read(c => PledgeStore.FindByManageCode(c, hash), context.CancellationToken) ?? throw RpcErrors.TokenInvalid("This manage code is not known");
        var (token, expires) = tokens.ForDonor(pledge.DonorId);
        return Task.FromResult(new ExchangeManageCodeResponse { Pledge = PledgeMapping.ToPledge(pledge), AccessToken = token, AccessTokenExpireTime = UnixMicros.ToTimestamp(expires) });
    }

    [Access(Roles.Support | Roles.Finance, Donor = true)]
    public override Task<Pledge> GetPledge(GetPledgeRequest request, ServerCallContext context)
    {
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, AccessInterceptor.Caller(context));
        var row = database.Read(c => PledgeStore.Find(c, pledgeId), context.CancellationToken);
        return Task.FromResult(PledgeMapping.ToPledge(row?.DonorId == donorId ? row : throw RpcErrors.NotFound(request.Name)));
    }

    [Access(Roles.Support | Roles.Finance, Donor = true)]
    public override Task<ListPledgesResponse> ListPledges(ListPledgesRequest request, ServerCallContext context)
    {
        var donorId = request.Parent switch
        {
            "donors/-" => null,
            "donors/me" => PledgeMapping.Me(AccessInterceptor.Caller(context), "parent"),
            _ when request.Parent.Split('/') is ["donors", var id] && Ids.IsId(id) => id,
            _ => throw RpcErrors.FieldInvalid("parent", "must look like donors/{donor}, donors/me or donors/-"),
        };
        string? campaignId = null;
        if (request.Campaign.Length > 0 && !CampaignNames.TryParseCampaign(request.Campaign, out campaignId))
            throw RpcErrors.FieldInvalid("campaign", "must look like campaigns/{campaign}");
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => PledgeStore.List(c, donorId, campaignId, request.State, before, size + 1), context.CancellationToken);
        var response = new ListPledgesResponse();
        response.Pledges.AddRange(rows.Take(size).Select(PledgeMapping.ToPledge));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].PledgeId);
        return Task.FromResult(response);
    }

    [Access(Roles.Support)]
    public override Task<LookupPledgeResponse> LookupPledge(LookupPledgeRequest request, ServerCallContext context)
    {
        List<PledgeRow?> rows;
        switch (request.KeyCase)
        {
            case LookupPledgeRequest.KeyOneofCase.Reference:
                rows = [database.Read(c => PledgeStore.FindByReference(c, request.Reference.Trim().ToUpperInvariant()), context.CancellationToken)];
                break;
            case LookupPledgeRequest.KeyOneofCase.Email when ContactVault.IsPlausible(request.Email):
                var pledgeIds = vault.FindPledges(request.Email);
                rows = database.Read(c => pledgeIds.ConvertAll(id => PledgeStore.Find(c, id)), context.CancellationToken);
                break;
            case LookupPledgeRequest.KeyOneofCase.Email:
                throw RpcErrors.FieldInvalid("email", "must be an e-mail address");
            default:
                throw RpcErrors.FieldInvalid([("reference", "one of reference and email is required"), ("email", "one of reference and email is required")]);
        }

        var response = new LookupPledgeResponse();
        response.Pledges.AddRange(rows.OfType<PledgeRow>().Take(MaxFound).Select(PledgeMapping.ToPledge));
        return Task.FromResult(response);
    }

    [Access(Roles.Support, Donor = true)]
    public override Task<Pledge> CancelPledge(CancelPledgeRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.Reason))
            throw RpcErrors.FieldInvalid("reason", "is not a known reason");
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, AccessInterceptor.Caller(context));
        return changer.ChangeAsync(donorId, pledgeId, pledge =>
        {
            if (pledge.State == State.Cancelled || (request.AtPeriodEnd && pledge.CancelAtPeriodEnd))
                return null;
            if (PledgeLifecycle.IsOpen(pledge.State))
                return new(AbandonOperation.OperationKind, new AbandonOperation.Arguments(State.Cancelled, request.Reason));
            // A lapsed one may still have a subscription at Stripe that would wake up.
            if (pledge is not { State: State.Lapsed, StripeSubscriptionId: not null })
                RequireRunning(pledge, "only a recurring pledge that runs can be cancelled");
            return new(CancelOperation.OperationKind, new CancelOperation.Arguments(request.AtPeriodEnd, request.Reason));
        }, overtakes: !request.AtPeriodEnd);
    }

    [Access(Roles.Support, Donor = true)]
    public override Task<Pledge> ChangePledgeAmount(ChangePledgeAmountRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, caller);
        var violations = new Violations();
        var (amount, cover) = PledgeValidation.Amounts(request.Amount, request.FeeCoverAmount, violations);
        violations.ThrowIfAny();
        var work = changer.Requested(
            donorId,
            pledgeId,
            pledge =>
            {
                RequireRunning(pledge, "only a recurring pledge that runs can change its amount");
                PledgeValidation.Offer(pledge, amount, pledge.Interval);
                return new(ChangeAmountOperation.OperationKind, new ChangeAmountOperation.Arguments(amount.Minor, cover));
            },
            pledge => pledge.Amount == amount);
        return idempotency.RunAsync(request, request.RequestId, caller, work);
    }

    [Access(Roles.Support, Donor = true)]
    public override Task<Pledge> ChangePledgeInterval(ChangePledgeIntervalRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, caller);
        var violations = new Violations();
        var (amount, cover) = PledgeValidation.Amounts(request.Amount, request.FeeCoverAmount, violations);
        violations.Require(request.Interval is PledgeInterval.Monthly or PledgeInterval.Annual, "interval", "must be monthly or annual");
        violations.ThrowIfAny();
        var work = changer.Requested(
            donorId,
            pledgeId,
            pledge =>
            {
                if (pledge.State != State.Active || pledge.CancelAtPeriodEnd)
                    throw RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "only an active pledge that does not end with its period can change its interval");
                PledgeValidation.Offer(pledge, amount, request.Interval);
                if (request.Interval == pledge.Interval && amount != pledge.Amount)
                    throw RpcErrors.FieldInvalid("amount", $"must be {pledge.Amount} to keep the interval; ChangePledgeAmount changes it");
                return new(ChangeIntervalOperation.OperationKind, new ChangeIntervalOperation.Arguments(request.Interval, amount.Minor, cover));
            },
            pledge => request.Interval == pledge.Interval ? pledge.NextInterval == 0 : pledge.NextInterval == request.Interval && pledge.NextAmountMinor == amount.Minor);
        return idempotency.RunAsync(request, request.RequestId, caller, work);
    }

    [Access(Roles.Support, Donor = true)]
    public override Task<UpdatePaymentMethodResponse> UpdatePaymentMethod(UpdatePaymentMethodRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, caller);
        var violations = new Violations();
        if (request.PaymentSourceCase == UpdatePaymentMethodRequest.PaymentSourceOneofCase.None)
            violations.Add("confirmation_token", "one of confirmation_token and payment_method is required");
        var source = new PaymentSource(request.HasConfirmationToken ? request.ConfirmationToken : null, request.HasPaymentMethod ? request.PaymentMethod : null);
        PledgeValidation.Source(source.ConfirmationToken, source.PaymentMethod, request.ReturnUrl, environment.IsDevelopment(), violations);
        violations.ThrowIfAny();
        var returnUrl = request.ReturnUrl.Length == 0 ? null : request.ReturnUrl;
        return idempotency.RunAsync(request, request.RequestId, caller, confirmer.UpdatePaymentMethod(donorId, pledgeId, source, returnUrl));
    }

    [Access(Roles.Support, Donor = true)]
    public override Task<Pledge> PausePledge(PausePledgeRequest request, ServerCallContext context)
    {
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, AccessInterceptor.Caller(context));
        long? resume = request.ResumeTime is { } timestamp ? UnixMicros.FromTimestamp(timestamp) : null;
        var now = time.NowMicros();
        if (resume <= now || resume > now + MaxPauseMicros)
            throw RpcErrors.FieldInvalid("resume_time", "must be ahead, by at most a year");
        return changer.ChangeAsync(donorId, pledgeId, pledge =>
        {
            // The issuer gate's pause ends with another card, not with a date.
            if (pledge.PauseReason == Pledge.Types.PauseReason.PaymentMethod)
                return resume is null ? null : throw RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "its card is not taken here: update it first");
            if (pledge.State == State.Paused && pledge.ResumeTimeUs == resume)
                return null;
            RequireRunning(pledge, "only a recurring pledge that runs can be paused");
            return new(PauseOperation.OperationKind, new PauseOperation.Arguments(resume));
        });
    }

    [Access(Roles.Support, Donor = true)]
    public override async Task<Pledge> ResumePledge(ResumePledgeRequest request, ServerCallContext context)
    {
        var (donorId, pledgeId) = PledgeMapping.Parse(request.Name, AccessInterceptor.Caller(context));
        // A pause that the issuer gate asked for ends only with another card.
        if (database.Read(c => PledgeStore.Find(c, pledgeId)) is { PauseReason: Pledge.Types.PauseReason.PaymentMethod } paused && paused.DonorId == donorId
            && (await gate.LookAsync(new(null, paused.StripePaymentMethodId), CancellationToken.None) is not { } card || !gate.Admits(card)))
        {
            throw RpcErrors.PaymentMethodRefused(paused.Locale ?? "");
        }

        return await changer.ChangeAsync(donorId, pledgeId, pledge =>
        {
            if (PledgeLifecycle.IsRunning(pledge.State) && pledge.CancelAtPeriodEnd)
                return new(KeepOperation.OperationKind, new KeepOperation.Arguments());
            if (pledge.State == State.Active)
                return null;
            if (pledge.State != State.Paused)
                throw RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "only a pledge that is paused or ends with its period can be resumed");
            return new(ResumeOperation.OperationKind, new ResumeOperation.Arguments());
        });
    }

    private static void RequireRunning(PledgeRow pledge, string what)
    {
        if (!PledgeLifecycle.IsRunning(pledge.State))
            throw RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), what);
    }
}
