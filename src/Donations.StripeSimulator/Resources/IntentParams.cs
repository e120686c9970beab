using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;

namespace Donations.StripeSimulator.Resources;

/// <summary>The parameters that confirm an intent, alike for payments and setups.</summary>
internal sealed class IntentParams
{
    private readonly World _world;
    private readonly ConfirmationToken? _token;
    private readonly string? _methodId;
    private readonly PaymentMethod? _inline;
    private readonly bool _offSession;
    private readonly bool _declineChallenge;
    private readonly string? _returnUrl;
    private readonly bool _useStripeSdk;

    /// <summary>Reads and checks, changes nothing.</summary>
    public IntentParams(ApiRequest request, bool payment)
    {
        var p = request.Params;
        _world = request.World;
        _token = request.Named<ConfirmationToken>("confirmation_token", "confirmation_token");
        _methodId = p.Text("payment_method");
        _inline = p.Hash("payment_method_data") is { } data ? CommonParams.Card(_world, data) : null;
        if (payment)
        {
            // off_session is a boolean or one of two words.
            _offSession = p.Choice("off_session", "true|false|one_off|recurring") is not (null or "false");
            _declineChallenge = (p.Flag("error_on_requires_action") ?? false) || _offSession;
        }
        _returnUrl = p.Text("return_url");
        _useStripeSdk = request.Publishable | (p.Flag("use_stripe_sdk") ?? false);
        p.Accept("mandate_data", "mandate", "payment_method_options", "radar_options");
        if (_methodId is not null)
            _world.Charges.Check(_methodId, "payment_method");
        if (_token is not null)
            _world.Intents.Check(_token);
    }

    public bool NamesMethod => _token is not null || _methodId is not null || _inline is not null;

    /// <summary>The card to use, made from what was given; null if nothing was.</summary>
    public PaymentMethod? Method(Intent intent)
    {
        if (_token is not null)
            return _world.Intents.Redeem(_token, intent);
        if (_methodId is not null)
            return _world.Charges.Resolve(_methodId, "payment_method");
        return _inline is null ? null : _world.Store.Add(_inline);
    }

    /// <summary>How to confirm, and what Stripe demands before it does.</summary>
    public Confirmation How(Intent intent)
    {
        var returnUrl = _returnUrl ?? _token?.ReturnUrl;
        if (intent.AutomaticPaymentMethods is { Enabled: true, AllowRedirects: "always" } && returnUrl is null && !_offSession && !_useStripeSdk)
        {
            throw StripeError.State(
                "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your " +
                "customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set " +
                "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.");
        }
        return new Confirmation(_offSession, _declineChallenge, returnUrl, Redirect: returnUrl is not null && !_useStripeSdk && _token is null);
    }

    /// <summary>The kinds of payment method asked for, under the name that the caller's version has for them.</summary>
    public static List<string>? Types(ApiRequest request) =>
        (request.Params.Texts("allowed_payment_method_types") ?? (request.Legacy ? request.Params.Texts("payment_method_types") : null))?.ToList();

    public static AutomaticPaymentMethods? Automatic(ApiParams p)
    {
        if (p.Hash("automatic_payment_methods") is not { } hash)
            return null;
        return new AutomaticPaymentMethods
        {
            Enabled = hash.Flag("enabled") ?? throw StripeError.Missing("automatic_payment_methods[enabled]"),
            AllowRedirects = hash.Choice("allow_redirects", "always|never") ?? "always",
        };
    }

    public static void RequireSecret(ApiRequest request, Intent intent)
    {
        var secret = request.Params.Text("client_secret");
        if (request.Publishable && secret is null)
            throw StripeError.Missing("client_secret");
        if (secret is not null && secret != intent.ClientSecret)
            throw StripeError.Invalid("The client_secret provided does not match any associated intent on this account.", "client_secret", "resource_missing");
    }
}
