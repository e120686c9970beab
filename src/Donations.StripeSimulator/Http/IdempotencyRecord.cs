using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Http;

/// <summary>The first answer to an idempotency key.</summary>
internal sealed class IdempotencyRecord : Entity
{
    public const string IdPrefix = "idempotency:";

    public string Endpoint { get; set; } = "";

    /// <summary>The parameters in a canonical order.</summary>
    public string Parameters { get; set; } = "";

    public string RequestId { get; set; } = "";

    public int Status { get; set; }

    public string Body { get; set; } = "";
}
