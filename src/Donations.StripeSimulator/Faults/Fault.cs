namespace Donations.StripeSimulator.Faults;

/// <summary>What goes wrong with a call.</summary>
public enum FaultKind
{
    /// <summary>The call takes effect, and the connection breaks before the answer.</summary>
    LostResponse,

    /// <summary>The answer is 500, and the idempotency key keeps it.</summary>
    Stored500,

    /// <summary>429 before anything happens.</summary>
    RateLimit,

    /// <summary>Another call holds the object: 409, or the status given.</summary>
    LockTimeout,

    /// <summary>No answer at all, for some seconds or until the caller gives up.</summary>
    Hang,

    /// <summary>The call takes effect, and the connection breaks in the middle of the answer.</summary>
    Reset,

    /// <summary>The answer comes late.</summary>
    Slow,
}

/// <summary>Which calls a fault hits and what it does to them.</summary>
public sealed class Fault
{
    /// <summary>Its name in the control API.</summary>
    public string Id { get; internal set; } = "";

    /// <summary>What goes wrong.</summary>
    public FaultKind Kind { get; set; }

    /// <summary>GET, POST or DELETE; null for each of them.</summary>
    public string? Method { get; set; }

    /// <summary>Parts of the path; <c>*</c> stands for one part, a final <c>**</c> for all the rest.</summary>
    public string Path { get; set; } = "/v1/**";

    /// <summary>From the nth matching call on, counted from one; with the default <see cref="Count"/> that one alone.</summary>
    public int? Nth { get; set; }

    /// <summary>Each matching call with this probability, decided by <see cref="Seed"/>.</summary>
    public double? Probability { get; set; }

    /// <summary>Decides together with the number of the match, so that a run can be repeated.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>How often it happens at most; null for once, or without end where a probability is given.</summary>
    public int? Count { get; set; }

    /// <summary>Whether <see cref="FaultKind.Stored500"/> and <see cref="FaultKind.Hang"/> come after the call took effect; null means the former does.</summary>
    public bool? Effect { get; set; }

    /// <summary>Seconds of <see cref="FaultKind.Slow"/> and <see cref="FaultKind.Hang"/>.</summary>
    public double? Seconds { get; set; }

    /// <summary>Status of <see cref="FaultKind.LockTimeout"/> other than 409.</summary>
    public int? Status { get; set; }

    /// <summary>Value of <c>Stripe-Should-Retry</c>.</summary>
    public bool? ShouldRetry { get; set; }

    /// <summary>Value of <c>Stripe-Rate-Limited-Reason</c>.</summary>
    public string? Reason { get; set; }

    /// <summary>How many calls matched so far.</summary>
    public int Matched { get; internal set; }

    /// <summary>How often it happened.</summary>
    public int Fired { get; internal set; }

    internal bool TakesEffect => Kind switch
    {
        FaultKind.RateLimit or FaultKind.LockTimeout => false,
        FaultKind.Hang => Effect ?? false,
        FaultKind.Stored500 => Effect ?? true,
        _ => true,
    };
}
