using Donations.Server.Payments;
using Microsoft.Extensions.Configuration;

namespace Donations.Tests.Payments;

/// <summary>Key, mode and base URL that contradict each other stop the start.</summary>
public sealed class StripeOptionsTests
{
    [Fact]
    public void Development_without_anything_is_the_simulator() => Assert.Equal(StripeMode.Simulator, Load(true).Mode);

    [Fact]
    public void A_test_key_in_stripes_own_variables_makes_it_test_mode()
    {
        var options = Load(true, ("STRIPE_API_KEY", "sk_test_1"), ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"));
        Assert.Equal((StripeMode.Test, "sk_test_1", "pk_test_1", StripeOptions.StripeApi), (options.Mode, options.ApiKey, options.PublishableKey, options.ApiBase));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "Stripe:Mode=Live", "Stripe:ApiKey=sk_test_1", "Stripe:PublishableKey=pk_test_1")]
    [InlineData(true, "Stripe:Mode=Test", "Stripe:ApiKey=sk_live_1", "Stripe:PublishableKey=pk_test_1")]
    [InlineData(true, "Stripe:Mode=Test", "Stripe:ApiKey=sk_test_1", "Stripe:PublishableKey=pk_live_1")]
    [InlineData(true, "Stripe:Mode=Test", "Stripe:ApiKey=sk_test_1")]
    [InlineData(true, "Stripe:Mode=Test", "Stripe:ApiKey=sk test", "Stripe:PublishableKey=pk_test_1")]
    [InlineData(true, "Stripe:Mode=Test", "Stripe:ApiKey=sk_test_1", "Stripe:PublishableKey=pk_test_1", "Stripe:ApiBase=http://127.0.0.1:5082")]
    [InlineData(true, "Stripe:Mode=Live", "Stripe:ApiKey=sk_live_1", "Stripe:PublishableKey=pk_live_1")]
    [InlineData(true, "Stripe:Mode=Simulator", "Stripe:ApiBase=https://api.stripe.com")]
    [InlineData(true, "Stripe:Mode=Simulator", "Stripe:ApiKey=sk_live_1")]
    [InlineData(false, "Stripe:Mode=Simulator")]
    [InlineData(false, "Stripe:Mode=Test", "Stripe:ApiKey=sk_test_1", "Stripe:PublishableKey=pk_test_1")]
    public void Contradictions_refuse_to_start(bool development, params string[] settings) =>
        Assert.Contains("Refusing to start", Assert.Throws<InvalidOperationException>(() => Load(development, [.. settings.Select(s => (s.Split('=', 2)[0], s.Split('=', 2)[1]))])).Message, StringComparison.Ordinal);

    [Fact]
    public void Live_is_an_explicit_opt_in() => Assert.Equal(
        StripeMode.Live,
        Load(false, ("Stripe:Mode", "Live"), ("Stripe:AllowLive", "true"), ("Stripe:ApiKey", "sk_live_1"), ("Stripe:PublishableKey", "pk_live_1"), ("Stripe:WebhookSecrets:0", "whsec_1")).Mode);

    private static StripeOptions Load(bool development, params (string Key, string Value)[] settings) =>
        StripeOptions.Load(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build(), development);
}
