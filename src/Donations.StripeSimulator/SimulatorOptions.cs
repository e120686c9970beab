namespace Donations.StripeSimulator;

/// <summary>What happens to a subscription when every retry of its invoice has failed.</summary>
public enum DunningEndState
{
    /// <summary>The subscription ends (Stripe's recommended setting).</summary>
    Cancel,

    /// <summary>The subscription stays, its new invoices are made as drafts that nobody collects.</summary>
    Unpaid,

    /// <summary>The subscription stays past due and goes on making invoices.</summary>
    PastDue,
}

/// <summary>Everything that can be set about a simulated Stripe account. Amounts are in minor units, rates in parts of one.</summary>
public sealed class SimulatorOptions
{
    /// <summary>Where to listen. Port 0 takes a free port, read it back from <see cref="SimulatorHost.BaseAddress"/>.</summary>
    public string Url { get; set; } = "http://127.0.0.1:5082";

    /// <summary>The key of server-side calls.</summary>
    public string SecretKey { get; set; } = "sk_test_simulator";

    /// <summary>The key of browsers: it may only do what Stripe.js does.</summary>
    public string PublishableKey { get; set; } = "pk_test_simulator";

    /// <summary>Ids and secrets follow from the seed and the order of calls alone.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>A SQLite file that carries the account over a restart or a kill; null keeps everything in memory.</summary>
    public string? StatePath { get; set; }

    /// <summary>Runs due work every <see cref="TickInterval"/>; off, only the engine's own methods move time.</summary>
    public bool BackgroundTick { get; set; } = true;

    /// <summary>How often the background tick looks for due work.</summary>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The account's id.</summary>
    public string AccountId { get; set; } = "acct_simulator";

    /// <summary>Country of the account: a card from elsewhere pays <see cref="InternationalCardRate"/>.</summary>
    public string AccountCountry { get; set; } = "US";

    /// <summary>Percentage part of the processing fee.</summary>
    public decimal ProcessingRate { get; set; } = 0.029m;

    /// <summary>Fixed part of the processing fee, in the settlement currency, where <see cref="FixedFees"/> names none.</summary>
    public long FixedFee { get; set; } = 30;

    /// <summary>Fixed part per settlement currency (lower case).</summary>
    public Dictionary<string, long> FixedFees { get; } = new(StringComparer.Ordinal);

    /// <summary>Billing's share of a payment made by a subscription's invoice.</summary>
    public decimal BillingRate { get; set; } = 0.007m;

    /// <summary>Surcharge for cards issued outside the account's country.</summary>
    public decimal InternationalCardRate { get; set; } = 0.015m;

    /// <summary>Fee for converting into the settlement currency.</summary>
    public decimal ConversionRate { get; set; } = 0.01m;

    /// <summary>One settlement currency for everything; null settles each currency in itself.</summary>
    public string? SettlementCurrency { get; set; }

    /// <summary>Units of the settlement currency per unit of the key (both in minor units), at the start; <see cref="SimulatorEngine.SetExchangeRate"/> changes them.</summary>
    public Dictionary<string, decimal> ExchangeRates { get; } = new(StringComparer.Ordinal)
    {
        ["usd"] = 1m,
        ["eur"] = 1.08m,
        ["gbp"] = 1.27m,
        ["chf"] = 1.13m,
        ["cad"] = 0.73m,
        ["aud"] = 0.66m,
        ["jpy"] = 0.67m,
    };

    /// <summary>How long after a charge its balance transaction appears; zero means with the next step of the engine.</summary>
    public TimeSpan BalanceTransactionDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How long until a charge's money is available, rounded up to midnight UTC.</summary>
    public TimeSpan SettlementDelay { get; set; } = TimeSpan.FromDays(2);

    /// <summary>Pays the available balance out at midnight UTC.</summary>
    public bool AutomaticPayouts { get; set; } = true;

    /// <summary>Days from one automatic payout to the next: 1 daily, 7 weekly.</summary>
    public int PayoutIntervalDays { get; set; } = 1;

    /// <summary>How long a payout travels before it is paid.</summary>
    public TimeSpan PayoutTransit { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long after its creation an automatic payout's reconciliation completes.</summary>
    public TimeSpan PayoutReconciliationDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a pending refund (pm_card_pendingRefund) or a failing one (pm_card_refundFail) takes to move on.</summary>
    public TimeSpan RefundSettlementDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long after a charge its card's dispute or fraud warning comes; zero means with the next step of the engine.</summary>
    public TimeSpan DisputeDelay { get; set; } = TimeSpan.Zero;

    /// <summary>Fee of a dispute, in minor units of the settlement currency.</summary>
    public long DisputeFee { get; set; } = 1500;

    /// <summary>A won dispute brings its fee back.</summary>
    public bool DisputeFeeReturned { get; set; } = true;

    /// <summary>How long a dispute waits for evidence before it is lost.</summary>
    public TimeSpan DisputeResponseTime { get; set; } = TimeSpan.FromDays(9);

    /// <summary>How long <c>winning_evidence</c> and <c>losing_evidence</c> are weighed; zero means until the next step of the engine.</summary>
    public TimeSpan DisputeDecisionDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How long any other evidence is weighed before the dispute is lost.</summary>
    public TimeSpan DisputeReviewTime { get; set; } = TimeSpan.FromDays(75);

    /// <summary>When an inquiry that did not become a dispute is closed.</summary>
    public TimeSpan InquiryClosesAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Payments of elevated risk (pm_card_riskLevelElevated) are opened for review.</summary>
    public bool ReviewElevatedRisk { get; set; }

    /// <summary>Calls that a second of real time takes before they are answered 429; zero for no limit.</summary>
    public int RateLimitPerSecond { get; set; }

    /// <summary>How long a renewal's invoice stays a draft.</summary>
    public TimeSpan InvoiceDraftTime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a first invoice may stay unpaid.</summary>
    public TimeSpan IncompleteExpiry { get; set; } = TimeSpan.FromHours(23);

    /// <summary>How long before a renewal invoice.upcoming is sent.</summary>
    public TimeSpan UpcomingInvoiceLead { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Retries of a failed renewal, counted from its first failure.</summary>
    public IList<TimeSpan> RetrySchedule { get; } =
        [TimeSpan.FromDays(1), TimeSpan.FromDays(3), TimeSpan.FromDays(5), TimeSpan.FromDays(7)];

    /// <summary>What follows the last failed retry.</summary>
    public DunningEndState DunningEndState { get; set; } = DunningEndState.Cancel;

    /// <summary>Pauses between attempts to deliver a webhook; after the last one the delivery is given up.</summary>
    public IList<TimeSpan> WebhookRetryDelays { get; } =
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1),
            TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromHours(24), TimeSpan.FromHours(24),
        ];

    /// <summary>How long a receiver may take to answer a webhook.</summary>
    public TimeSpan WebhookTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many webhooks are under way at once; one keeps their order.</summary>
    public int WebhookConcurrency { get; set; } = 1;

    /// <summary>Replaces the network below webhooks, for receivers that live in a test server.</summary>
    public HttpMessageHandler? WebhookHandler { get; set; }
}
