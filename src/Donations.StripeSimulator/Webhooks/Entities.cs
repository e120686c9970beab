using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>An event and the object as it was then, which later changes do not touch.</summary>
internal sealed class StripeEvent : Entity
{
    public string Type { get; set; } = "";

    /// <summary>UTF-8 JSON of <c>data.object</c>: as bytes half the size of a string.</summary>
    public byte[] Object { get; set; } = [];

    /// <summary>UTF-8 JSON of <c>data.previous_attributes</c>.</summary>
    public byte[]? PreviousAttributes { get; set; }

    public string? RequestId { get; set; }

    public string? IdempotencyKey { get; set; }

    public int PendingWebhooks { get; set; }
}

/// <summary>An event on its way to an endpoint.</summary>
internal sealed class Delivery : Entity
{
    public string Event { get; set; } = "";

    public string Endpoint { get; set; } = "";

    public int Attempts { get; set; }

    public long DueAt { get; set; }
}
