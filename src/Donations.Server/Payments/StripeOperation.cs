using System.Text.Json;

namespace Donations.Server.Payments;

/// <summary>Where an operation stands.</summary>
internal enum OperationState
{
    /// <summary>Written, perhaps sent; what came of it is not known.</summary>
    Pending = 1,

    /// <summary>The outcome is known and written, be it yes or no.</summary>
    Done = 2,
}

/// <summary>
/// Something that is asked of Stripe. It is written before the first call and finished after the last, by whoever is there:
/// the caller, or the operations worker after a crash or a lost answer.
/// </summary>
/// <param name="OperationId">Also the stem of the idempotency keys: `{id}-{step}`, the same on every try.</param>
/// <param name="Kind">Which handler carries it out.</param>
/// <param name="SubjectId">Pledge or refund that it is about.</param>
/// <param name="Arguments">JSON; no personal data.</param>
/// <param name="State">Number of <see cref="OperationState"/>.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="CreateTimeUs">When it was written: no key is sent later than 23 hours after it.</param>
/// <param name="Outcome">How it was refused, once it is done; null where it was not.</param>
internal sealed record StripeOperation(string OperationId, string Kind, string SubjectId, string Arguments, long State, long Attempts, long CreateTimeUs, string? Outcome = null)
{
    public static StripeOperation Create<T>(string id, string kind, string subjectId, T arguments, long nowMicros) =>
        new(id, kind, subjectId, JsonSerializer.Serialize(arguments), (long)OperationState.Pending, 0, nowMicros);

    public string Key(string step) => $"{OperationId}-{step}";

    public T ArgumentsAs<T>() => JsonSerializer.Deserialize<T>(Arguments)!;
}

/// <summary>What an operation came to.</summary>
/// <param name="Apply">Writes it, in one transaction with whatever the caller adds.</param>
/// <param name="ClientSecret">For the reader's client, where it must act; never stored in the clear.</param>
/// <param name="Refusal">Why Stripe said no, where it did; kept, so that whoever asks later hears the same.</param>
internal sealed record OperationOutcome(Action<Microsoft.Data.Sqlite.SqliteConnection> Apply, string? ClientSecret = null, Refusal? Refusal = null);

/// <summary>A known no.</summary>
/// <param name="Declined">By the card's bank; else Stripe refused the request itself, and no card was tried.</param>
/// <param name="Code">Stripe's code.</param>
internal sealed record Refusal(bool Declined, string Code)
{
    public static Refusal From(Exception e) => e is GatewayDeclinedException declined ? new(true, declined.Code) : new(false, ((GatewayRefusedException)e).Code);

    /// <summary>As an operation keeps it: `declined:…` or `refused:…`.</summary>
    public override string ToString() => $"{(Declined ? "declined" : "refused")}:{Code}";

    public static Refusal? Parse(string? text) => text?.Split(':', 2) is [var kind, var code] ? new(kind == "declined", code) : null;
}

/// <summary>Carries one kind of operation out.</summary>
internal interface IStripeOperationHandler
{
    string Kind { get; }

    /// <summary>Calls Stripe, with the operation's own keys. May run again after any crash.</summary>
    /// <exception cref="GatewayUnknownException">The outcome is not known: the operation stays pending.</exception>
    Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken);

    /// <summary>Finds out, by looking only, what came of an operation whose keys are too old to be sent again.</summary>
    Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken);
}
