using System.Text.Json.Serialization;
using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Disputes;

/// <summary>A holder's objection to a charge, or the question of his bank that may become one.</summary>
internal sealed class Dispute : MetadataEntity
{
    public long Amount { get; set; }

    public string Currency { get; set; } = "";

    public string Charge { get; set; } = "";

    public string? PaymentIntent { get; set; }

    public string Reason { get; set; } = "";

    public string Status { get; set; } = "needs_response";

    public long DueBy { get; set; }

    public int SubmissionCount { get; set; }

    /// <summary>Staged or submitted; replaced, never changed.</summary>
    public Dictionary<string, string> Evidence { get; set; } = [];

    /// <summary>When the bank decides what was submitted; the job of an older submission does nothing.</summary>
    public long? DecidedAt { get; set; }

    /// <summary>The withdrawal, and the reversal if it was won.</summary>
    public List<string> BalanceTransactions { get; set; } = [];

    [JsonIgnore]
    public bool Inquiry => Status.StartsWith("warning_", StringComparison.Ordinal);

    [JsonIgnore]
    public bool Closed => Status is "won" or "lost" or "warning_closed";

    /// <summary>The money is with the holder's bank, or may go there any day.</summary>
    [JsonIgnore]
    public bool HoldsMoney => Status is "needs_response" or "under_review" or "lost";
}

/// <summary>A bank's notice that a charge looks fraudulent, before any dispute.</summary>
internal sealed class EarlyFraudWarning : Entity
{
    public string Charge { get; set; } = "";

    public string PaymentIntent { get; set; } = "";

    public string FraudType { get; set; } = "unauthorized_use_of_card";
}

/// <summary>A payment that Radar wants a person to look at.</summary>
internal sealed class Review : Entity
{
    public string Charge { get; set; } = "";

    public string PaymentIntent { get; set; } = "";

    public string? BillingZip { get; set; }

    /// <summary>Null while it is open.</summary>
    public string? ClosedReason { get; set; }
}
