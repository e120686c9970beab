using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

internal static class PledgeActions
{
    /// <summary>What the client must do now, or null.</summary>
    public static PledgeAction? For(PledgeRow pledge, string? clientSecret)
    {
        if (pledge.State != State.RequiresAction || clientSecret is null)
            return null;
        if (pledge.StripeCheckoutSessionId is not null)
            return new() { Type = PledgeAction.Types.Type.Redirect, Url = clientSecret };
        return pledge.TokenFirst ? Authenticate(clientSecret) : new() { Type = PledgeAction.Types.Type.CollectPaymentMethod, ClientSecret = clientSecret };
    }

    /// <summary>3-D Secure for a payment or setup intent.</summary>
    public static PledgeAction? Authenticate(string? clientSecret) =>
        clientSecret is null ? null : new() { Type = PledgeAction.Types.Type.Authenticate, ClientSecret = clientSecret };
}
