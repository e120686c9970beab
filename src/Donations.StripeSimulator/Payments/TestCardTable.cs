namespace Donations.StripeSimulator.Payments;

internal static partial class TestCards
{
    private static IEnumerable<TestCard> Successes() =>
    [
        new("4242424242424242", "US", "visa", "us"),
        new("4000056655665556", "US", "visa_debit") { Funding = "debit" },
        new("5555555555554444", "US", "mastercard"),
        new("5200828282828210", "US", "mastercard_debit") { Funding = "debit" },
        new("5105105105105100", "US", "mastercard_prepaid") { Funding = "prepaid" },
        new("378282246310005", "US", "amex"),
        new("6011111111111117", "US", "discover"),
        new("3056930009020004", "US", "diners"),
        new("3566002020360505", "JP", "jcb"),
        new("6200000000000005", "CN", "unionpay"),
    ];

    /// <summary>Issuer country and number. A constant, since the order of static fields over two files is nobody's promise.</summary>
    private const string CountryCards =
        """
        AE 4000007840000001; AR 4000000320000021; AT 4000000400000008; AU 4000000360000006; BE 4000000560000004;
        BG 4000001000000000; BR 4000000760000002; BY 4000001120000005; CA 4000001240000000; CH 4000007560000009;
        CL 4000001520000001; CN 4000001560000002; CO 4000001700000003; CR 4000001880000005; CY 4000001960000008;
        CZ 4000002030000002; DE 4000002760000016; DK 4000002080000001; EC 4000002180000000; EE 4000002330000009;
        ES 4000007240000007; FI 4000002460000001; FR 4000002500000003; GB 4000008260000000; GI 4000002920000005;
        GR 4000003000000030; HK 4000003440000004; HR 4000001910000009; HU 4000003480000005; IE 4000003720000005;
        IN 4000003560000008; IT 4000003800000008; JP 4000003920000003; LI 4000004380000004; LT 4000004400000000;
        LU 4000004420000006; LV 4000004280000005; MT 4000004700000007; MX 4000004840008001; MY 4000004580000002;
        NL 4000005280000002; NO 4000005780000007; NZ 4000005540000008; PA 4000005910000000; PE 4000006040000068;
        PL 4000006160000005; PT 4000006200000007; PY 4000006000000066; RO 4000006420000001; RU 4000006430000009;
        SA 4000006820000007; SE 4000007520000008; SG 4000007020000003; SI 4000007050000006; SK 4000007030000001;
        TH 4000007640000003; TW 4000001580000008; UY 4000008580000003
        """;

    private static IEnumerable<TestCard> Countries() =>
        CountryCards.Split(';', StringSplitOptions.TrimEntries).Select(line => new TestCard(line[3..], line[..2], CountryId(line[..2])));

#pragma warning disable CA1308 // The ids are lower case.
    private static string CountryId(string country) => country.ToLowerInvariant();
#pragma warning restore CA1308

    private static IEnumerable<TestCard> Effects() => [.. Declines(), .. Checks(), .. Later(), .. Challenges()];

    private static IEnumerable<TestCard> Declines() =>
    [
        new("4000000000000002", "US", "visa_chargeDeclined", "chargeDeclined") { Decline = Generic, Attaches = false },
        new("4000000000009995", "US", "visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds") { Decline = Funds, Attaches = false },
        new("4000000000009987", "US", "visa_chargeDeclinedLostCard", "chargeDeclinedLostCard") { Decline = Lost, Attaches = false },
        new("4000000000009979", "US", "visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard") { Decline = Stolen, Attaches = false },
        new("4000000000000069", "US", "chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard") { Decline = Expired, Attaches = false },
        new("4000000000000127", "US", "chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc") { Decline = Cvc, Attaches = false, CvcCheck = "fail" },
        new("4000000000000119", "US", "chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError") { Decline = Processing, Attaches = false },
        new("4000000000006975", "US", "visa_chargeDeclinedVelocityLimitExceeded") { Decline = Velocity, Attaches = false },
        new("4000000000000341", "US", "chargeCustomerFail") { Decline = Generic },
        new("4100000000000019", "US", "radarBlock") { Decline = Fraudulent, Risk = "highest" },
    ];

    private static IEnumerable<TestCard> Checks() =>
    [
        new("4000000000004954", "US", "riskLevelHighest") { Risk = "highest" },
        new("4000000000009235", "US", "riskLevelElevated") { Risk = "elevated" },
        new("4000000000000101", "US", "cvcCheckFail") { CvcCheck = "fail" },
        new("4000000000000036", "US", "avsZipFail") { PostalCheck = "fail" },
        new("4000000000000010", "US", "avsFail") { PostalCheck = "fail", LineCheck = "fail" },
        new("4000000000000028", "US", "avsLine1Fail") { LineCheck = "fail" },
        new("4000000000000044", "US", "avsUnchecked") { PostalCheck = "unavailable", LineCheck = "unavailable" },
    ];

    private static IEnumerable<TestCard> Later() =>
    [
        new("4000000000007726", "US", "pendingRefund") { Refund = RefundBehaviour.PendingFirst },
        new("4000000000005126", "US", "refundFail") { Refund = RefundBehaviour.FailsLater },
        new("4000000000000077", "US", "bypassPending") { BypassPending = true },
        new("4000000000000259", "US", "createDispute") { Disputes = ["fraudulent"] },
        new("4000000000002685", "US", "createDisputeProductNotReceived") { Disputes = ["product_not_received"] },
        new("4000000000001976", "US", "createDisputeInquiry") { Disputes = [Inquiry] },
        new("4000000000005423", "US", "createIssuerFraudRecord") { FraudWarning = true },
        new("4000000404000079", "US", "createMultipleDisputes") { Disputes = ["fraudulent", "fraudulent"] },
    ];

    private static IEnumerable<TestCard> Challenges() =>
    [
        new("4000002500003155", "FR", "authenticationRequiredOnSetup") { Challenge = Challenge.UnlessSetUp },
        new("4000002760003184", "DE", "authenticationRequired") { Challenge = Challenge.Always },
        new("4000003800000446", "IT", "authenticationRequiredSetupForOffSession") { Challenge = Challenge.OnSession },
        new("4000008260003178", "GB", "authenticationRequiredChargeDeclinedInsufficientFunds") { Challenge = Challenge.OnSession, Decline = Funds },
        new("4000000000003220", "US", "threeDSecure2Required") { Challenge = Challenge.Always },
        new("4000008400001629", "US", "threeDSecureRequiredChargeDeclined") { Challenge = Challenge.Always, Decline = Generic },
        new("4000008400001280", "US", "threeDSecureRequiredProcessingError") { Challenge = Challenge.Always, Decline = Processing },
        new("4000000000003055", "US", "threeDSecureOptional"),
    ];
}
