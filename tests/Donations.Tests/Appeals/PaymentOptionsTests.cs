using Donations.Server.Appeals;
using Donations.Server.Money;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Appeals;

public sealed class PaymentOptionsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task They_tell_what_the_payments_room_says_and_the_whole_limits_table()
    {
        var said = fixture.Server.Services.GetRequiredService<Func<PaymentClientOptions>>()();
        var options = await fixture.Server.Appeals.GetPaymentOptionsAsync(new());

        Assert.Equal((said.PublishableKey, said.StripeJsUri, said.Mode, said.TokenRequired), (options.PublishableKey, options.StripeJsUri, options.StripeMode, options.TokenRequired));
        Assert.NotEmpty(options.PublishableKey);
        Assert.Equal(AmountLimits.All.Count(), options.AmountLimits.Count);
        var monthly = options.AmountLimits.Single(l => l.Interval == PledgeInterval.Monthly && l.MinAmount.CurrencyCode == "USD");
        Assert.Equal((2L, 10_000L), (monthly.MinAmount.Units, monthly.MaxAmount.Units));
    }

    [Fact]
    public void Each_consent_is_asked_for_in_both_languages_under_one_version()
    {
        foreach (var purpose in ConsentTexts.All.GroupBy(t => t.Purpose))
        {
            Assert.Equal(["en", "ru"], purpose.Select(t => t.Locale).Order());
            Assert.Single(purpose.Select(t => t.TextVersion).Distinct());
            Assert.All(purpose, t => Assert.Equal(t.Purpose == Consent.Types.Purpose.Terms, t.Required));
        }

        Assert.Equal([Consent.Types.Purpose.Terms, Consent.Types.Purpose.ServiceMail, Consent.Types.Purpose.Newsletter], ConsentTexts.All.Select(t => t.Purpose).Distinct());
    }

    [Fact]
    public void The_terms_say_what_is_not_protected()
    {
        var english = ConsentTexts.All.Single(t => t is { Purpose: Consent.Types.Purpose.Terms, Locale: "en" }).Text;
        Assert.All((string[])["Stripe knows who paid", "ordered", "bank statement", "searched", "mailbox"], words => Assert.Contains(words, english, StringComparison.Ordinal));
        var russian = ConsentTexts.All.Single(t => t is { Purpose: Consent.Types.Purpose.Terms, Locale: "ru" }).Text;
        Assert.All((string[])["Stripe", "по требованию суда", "банковскую выписку", "обыске", "почтовый ящик"], words => Assert.Contains(words, russian, StringComparison.Ordinal));
    }
}
