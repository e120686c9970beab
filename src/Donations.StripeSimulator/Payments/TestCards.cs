using System.Collections.Frozen;

namespace Donations.StripeSimulator.Payments;

/// <summary>When a card wants its holder to authenticate.</summary>
internal enum Challenge
{
    /// <summary>Never.</summary>
    None,

    /// <summary>Every payment, and off-session ones fail for want of it.</summary>
    Always,

    /// <summary>With the holder present always, without only if the card was not set up.</summary>
    UnlessSetUp,

    /// <summary>Only with the holder present.</summary>
    OnSession,
}

internal enum RefundBehaviour
{
    Succeeds,
    PendingFirst,
    FailsLater,
}

internal sealed record Decline(string Code, string? DeclineCode, string Message, string Advice = "try_again_later", bool Hard = false);

/// <summary>A test card: who issued it and what it does.</summary>
internal sealed record TestCard(string Number, string Country, params string[] Ids)
{
    public Decline? Decline { get; init; }

    /// <summary>The decline spares the setup of the card.</summary>
    public bool Attaches { get; init; } = true;

    public Challenge Challenge { get; init; }

    public RefundBehaviour Refund { get; init; }

    /// <summary>Reasons of the disputes that follow a charge.</summary>
    public string[] Disputes { get; init; } = [];

    /// <summary>The issuer reports a charge as fraudulent.</summary>
    public bool FraudWarning { get; init; }

    public bool BypassPending { get; init; }

    public string Risk { get; init; } = "normal";

    public string Funding { get; init; } = "credit";

    public string CvcCheck { get; init; } = "pass";

    public string LineCheck { get; init; } = "pass";

    public string PostalCheck { get; init; } = "pass";

    public string Last4 => Number[^4..];

    public string Brand => Number[0] switch
    {
        '4' => "visa",
        '5' or '2' => "mastercard",
        '6' when Number.StartsWith("62", StringComparison.Ordinal) => "unionpay",
        '6' => "discover",
        '3' when Number[1] is '4' or '7' => "amex",
        '3' when Number[1] is '5' => "jcb",
        '3' => "diners",
        _ => "unknown",
    };
}

/// <summary>Stripe's test cards by number and by payment method id.</summary>
internal static partial class TestCards
{
    /// <summary>Stands for a dispute that begins as a question of the bank.</summary>
    public const string Inquiry = "inquiry";

    private static readonly Decline Generic = new("card_declined", "generic_decline", "Your card was declined.");
    private static readonly Decline Funds = new("card_declined", "insufficient_funds", "Your card has insufficient funds.");
    private static readonly Decline Lost = new("card_declined", "lost_card", "Your card was declined.", "do_not_try_again", Hard: true);
    private static readonly Decline Stolen = new("card_declined", "stolen_card", "Your card was declined.", "do_not_try_again", Hard: true);
    public static readonly Decline Expired = new("expired_card", null, "Your card has expired.", "confirm_card_data");
    private static readonly Decline Cvc = new("incorrect_cvc", null, "Your card's security code is incorrect.", "confirm_card_data");
    private static readonly Decline Processing = new("processing_error", null, "An error occurred while processing your card. Try again in a little bit.");
    private static readonly Decline Velocity = new("card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.");
    private static readonly Decline Fraudulent = new("card_declined", "fraudulent", "Your card was declined.", "do_not_try_again", Hard: true);

    /// <summary>A number that is no test card: Stripe refuses real cards in test mode.</summary>
    public static readonly Decline LiveCard = new(
        "card_declined", "test_mode_live_card", "Your card was declined. Your request was in test mode, but used a non test (live) card.", "do_not_try_again", Hard: true);

    public static readonly Decline AuthenticationRequired = new(
        "authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.", "try_again_later", Hard: true);

    private static readonly TestCard[] Table = [.. Successes(), .. Countries(), .. Effects()];

    private static readonly FrozenDictionary<string, TestCard> ByNumber = Table.ToFrozenDictionary(card => card.Number, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, TestCard> ById =
        Table.SelectMany(card => card.Ids.Select(id => (Id: "pm_card_" + id, Card: card))).ToFrozenDictionary(pair => pair.Id, pair => pair.Card, StringComparer.Ordinal);

    public static IReadOnlyList<TestCard> All => Table;

    public static TestCard? FindById(string id) => ById.GetValueOrDefault(id);

    /// <summary>tok_visa and its like stand for the same cards as pm_card_visa.</summary>
    public static string? IdOfToken(string token) =>
        token.StartsWith("tok_", StringComparison.Ordinal) && FindById("pm_card_" + token[4..]) is not null ? "pm_card_" + token[4..] : null;

    public static TestCard? Find(string number) => ByNumber.GetValueOrDefault(number);

    /// <summary>The card of a number, one that is always declined for numbers that are no test card.</summary>
    public static TestCard Get(string number) =>
        ByNumber.GetValueOrDefault(number) ?? new TestCard(number, "US") { Decline = LiveCard, Attaches = false };

    /// <summary>The check digit of a card number.</summary>
    public static bool PassesLuhn(string number)
    {
        var sum = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var digit = number[^(i + 1)] - '0';
            if (i % 2 == 1)
                digit = digit > 4 ? (2 * digit) - 9 : 2 * digit;
            sum += digit;
        }
        return sum % 10 == 0;
    }
}
