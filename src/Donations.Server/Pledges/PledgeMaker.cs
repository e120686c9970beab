using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>What making a pledge needs; one object for all requests.</summary>
internal sealed class PledgeMaker(
    Database database, CampaignCatalog catalog, IssuerGate gate, IPaymentGateway gateway, StripeOperations operations, RecentCards recentCards, LedgerGuard ledger, ContactVault vault, CallerTokens tokens, Ids ids, TimeProvider time,
    IHostEnvironment environment)
{
    private static readonly Consent.Types.Purpose[] RequiredConsents = [.. ConsentTexts.All.Where(t => t.Required).Select(t => t.Purpose).Distinct()];

    /// <summary>The idempotent work of one CreatePledge call (docs/architecture.md, flow Pledge).</summary>
    public Idempotency.IWork<CreatePledgeResponse> Work(CreatePledgeRequest request, Caller caller) => new CreateWork(this, request, caller, null);

    /// <summary>The same for a pledge that is paid on Stripe's hosted page.</summary>
    public Idempotency.IWork<CreatePledgeResponse> Work(CreateCheckoutSessionRequest request, Caller caller) => new CreateWork(
        this,
        new()
        {
            Parent = request.Parent,
            Campaign = request.Campaign,
            Tier = request.Tier,
            Amount = request.Amount,
            FeeCoverAmount = request.FeeCoverAmount,
            Email = request.Email,
            Locale = request.Locale,
            Attribution = request.Attribution,
            Consents = { request.Consents },
        },
        caller,
        new(request.SuccessUrl, request.CancelUrl.Length == 0 ? request.SuccessUrl : request.CancelUrl));

    private sealed class CreateWork(PledgeMaker maker, CreatePledgeRequest request, Caller caller, CheckoutOperation.Arguments? checkout) : Idempotency.IWork<CreatePledgeResponse>
    {
        private string? _donorId;
        private StripeOperation? _operation;

        /// <summary>1 checks and limits, 2 issuer gate, then the unit of work of 3: pledge PENDING and its operation.</summary>
        public async Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret)
        {
            maker.Ledger.RefuseIfHalted();
            var form = PledgeValidation.Check(request, checkout, maker.Environment.IsDevelopment());
            var now = maker.Time.NowMicros();
            var (campaign, tier) = maker.CheckOffer(form, now);
            CheckConsents(request);
            var source = new PaymentSource(request.HasConfirmationToken ? request.ConfirmationToken : null, request.HasPaymentMethod ? request.PaymentMethod : null);
            var card = await maker.PassGateAsync(source, request.Locale);

            var donorId = _donorId = request.Parent.Length == 0 ? maker.Ids.New() : PledgeMapping.Me(caller, "parent");
            var row = ToRow(form, campaign, tier, donorId, !source.IsNone, secret, now);
            // Asked before the address is kept, and again in the transaction.
            if (card?.Fingerprint is { } seen && !request.AllowDuplicate && maker.Database.Read(c => maker.RecentCards.HasPledged(c, campaign.Id, seen)))
                throw RpcErrors.AlreadyPledged();
            // The vault's row comes first, keyed by the pledge: two files do not commit together, and an orphan is harmless.
            if (request.Email.Length > 0)
                await maker.Vault.AddAsync(row.PledgeId, donorId, row.PledgeId, request.Email);
            var returnUrl = request.ReturnUrl.Length == 0 ? null : request.ReturnUrl;
            var operation = _operation = checkout is null
                ? StripeOperation.Create(row.PledgeId, CreatePledgeOperation.OperationKind, row.PledgeId, new CreatePledgeOperation.Arguments(source.ConfirmationToken, source.PaymentMethod, returnUrl), now)
                : StripeOperation.Create(row.PledgeId, CheckoutOperation.OperationKind, row.PledgeId, checkout, now);
            return connection =>
            {
                if (card?.Fingerprint is { } fingerprint)
                {
                    if (!request.AllowDuplicate && maker.RecentCards.HasPledged(connection, campaign.Id, fingerprint))
                        throw RpcErrors.AlreadyPledged();
                    maker.RecentCards.Note(connection, campaign.Id, fingerprint, row.PledgeId);
                }

                PledgeStore.Insert(connection, row);
                StripeOperations.Insert(connection, operation);
                return row.PledgeId;
            };
        }

        /// <summary>4 Stripe, 5 the result with the saved answer in one transaction.</summary>
        public async Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<CreatePledgeResponse> saver)
        {
            // Made before the transaction, which holds up every other writer.
            var donorId = _donorId ?? maker.Database.Read(c => PledgeStore.Find(c, subjectId))!.DonorId;
            var (token, expires) = maker.Tokens.ForDonor(donorId);
            var answer = new CreatePledgeResponse { ManageCode = ManageCode.Format(secret), AccessToken = token, AccessTokenExpireTime = UnixMicros.ToTimestamp(expires) };
            PledgeRow? waiting = null;
            await maker.Operations.RunAsync(subjectId, subjectId, (c, outcome) =>
            {
                var pledge = PledgeStore.Find(c, subjectId)!;
                if (pledge.State == State.RequiresAction && outcome?.ClientSecret is null)
                    waiting = pledge;
                else
                    Save(c, pledge, outcome);
            }, _operation?.OperationId == subjectId ? _operation : null);
            if (waiting is not null)
            {
                // The worker finished the operation after a crash: the secret comes from Stripe again.
                var secretAgain = waiting.StripeCheckoutSessionId is { } session
                    ? (await maker.Gateway.GetCheckoutAsync(session, CancellationToken.None)).Url
                    : (await maker.Gateway.GetIntentAsync(waiting.StripePaymentIntentId!, CancellationToken.None)).ClientSecret;
                await maker.Database.WriteAsync(c => Save(c, PledgeStore.Find(c, subjectId)!, new(_ => { }, secretAgain)));
            }

            void Save(SqliteConnection connection, PledgeRow pledge, OperationOutcome? outcome)
            {
                if (pledge.State is State.Failed or State.Expired or State.Cancelled)
                {
                    saver.Save(connection, outcome?.Refusal is { Declined: false } refused
                        ? RpcErrors.PaymentRequestRefused(refused.Code)
                        : RpcErrors.CardDeclined(pledge.FailureReason ?? "declined", pledge.Locale ?? ""));
                    return;
                }

                answer.Pledge = PledgeMapping.ToPledge(pledge);
                answer.Action = PledgeActions.For(pledge, outcome?.ClientSecret);
                saver.Save(connection, answer);
            }
        }

        private PledgeRow ToRow(CheckedPledge form, CatalogCampaign campaign, CatalogTier tier, string donorId, bool tokenFirst, byte[] secret, long now) => new()
        {
            PledgeId = maker.Ids.New(),
            DonorId = donorId,
            Reference = maker.Ids.NewReference(),
            CampaignId = campaign.Id,
            TierId = tier.Id,
            Fund = campaign.Fund,
            Interval = tier.Interval,
            Currency = form.Amount.Currency,
            AmountMinor = form.Amount.Minor,
            FeeCoverMinor = form.FeeCoverMinor,
            State = State.Pending,
            AppealId = form.AppealId,
            Placement = PlacementOf(request.Attribution, campaign),
            SourceCode = request.Attribution is { SourceCode.Length: > 0 } attribution ? attribution.SourceCode : null,
            ExperimentGroup = request.Attribution?.ExperimentGroup ?? 0,
            Reminder = request.Attribution?.Reminder ?? 0,
            Locale = request.Locale.Length == 0 ? campaign.Resource.DefaultLocale : request.Locale,
            Consents = request.Consents.Count == 0 ? null : Google.Protobuf.MessageExtensions.ToByteArray(new CreatePledgeRequest { Consents = { request.Consents } }),
            TokenFirst = tokenFirst,
            ManageCodeHash = ManageCode.Hash(secret),
            CreateTimeUs = now,
            UpdateTimeUs = now,
        };
    }

    /// <summary>Where the appeal stands, whatever was told: its views are counted there. Without an appeal as told.</summary>
    private static Placement PlacementOf(PledgeAttribution? attribution, CatalogCampaign campaign) =>
        attribution is null ? Placement.Unspecified : campaign.Appeals.FirstOrDefault(a => a.Name == attribution.Appeal)?.Placement ?? attribution.Placement;

    private Database Database => database;

    private IPaymentGateway Gateway => gateway;

    private StripeOperations Operations => operations;

    private RecentCards RecentCards => recentCards;

    private LedgerGuard Ledger => ledger;

    private ContactVault Vault => vault;

    private CallerTokens Tokens => tokens;

    private Ids Ids => ids;

    private TimeProvider Time => time;

    private IHostEnvironment Environment => environment;

    /// <summary>The campaign takes pledges, the tier is offered, and its price is what the reader saw.</summary>
    private (CatalogCampaign Campaign, CatalogTier Tier) CheckOffer(CheckedPledge form, long now)
    {
        var campaignName = CampaignNames.Campaign(form.CampaignId);
        var campaign = catalog.Current.Find(form.CampaignId) ?? throw RpcErrors.NotFound(campaignName);
        if (!campaign.IsActive(now))
            throw RpcErrors.CampaignNotActive(campaignName);
        var tierName = CampaignNames.Tier(form.CampaignId, form.TierId);
        var tier = campaign.FindTier(form.TierId) ?? throw RpcErrors.NotFound(tierName);
        if (!tier.IsActive)
            throw RpcErrors.StateInvalid(tierName, "ARCHIVED", "it is no longer offered");
        if (AmountLimits.Check(form.Amount, tier.Interval) is { } wrong)
            throw RpcErrors.FieldInvalid("amount", wrong);
        var gift = form.Amount with { Minor = form.Amount.Minor - form.FeeCoverMinor };
        if (tier.Price(gift.Currency) is not { } price)
            throw RpcErrors.FieldInvalid("amount.currency_code", $"{tierName} has no price in {gift.Currency}");
        if (!tier.FreeAmount && gift != price)
            throw RpcErrors.PriceChanged(tierName, price.ToString());
        if (form.AppealId is not null && !campaign.HasAppeal(form.AppealId))
            throw RpcErrors.FieldInvalid("attribution.appeal", "is not an appeal of the campaign");
        return (campaign, tier);
    }

    private static void CheckConsents(CreatePledgeRequest request)
    {
        var violations = new Violations();
        foreach (var purpose in RequiredConsents)
            violations.Require(request.Consents.Any(c => c.Purpose == purpose && c.Granted), "consents", $"the required consent {purpose} must be granted");
        for (var i = 0; i < request.Consents.Count; i++)
        {
            var consent = request.Consents[i];
            violations.Require(ConsentTexts.All.Any(t => t.Purpose == consent.Purpose && t.TextVersion == consent.TextVersion), $"consents[{i}].text_version", "must be a version of GetPaymentOptions");
        }

        violations.ThrowIfAny();
    }

    /// <summary>The card, looked at before anything reaches its bank; null for intent first, and for a token that Stripe does not know while the gate is off.</summary>
    private async Task<CardFacts?> PassGateAsync(PaymentSource source, string locale)
    {
        if (source.IsNone)
            return gate.IsOn ? throw RpcErrors.IntentFirstDisabled() : null;
        var card = await gate.LookAsync(source, CancellationToken.None);
        return !gate.IsOn || (card is not null && gate.Admits(card)) ? card : throw RpcErrors.PaymentMethodRefused(locale);
    }
}
