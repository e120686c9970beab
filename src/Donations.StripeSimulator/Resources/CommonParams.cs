using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;

namespace Donations.StripeSimulator.Resources;

/// <summary>Parameters that several resources share.</summary>
internal static class CommonParams
{
    private const int CurrencyLength = 3;

    public static Address? Address(ApiParams? p) => p is null ? null : new Address
    {
        City = p.Text("city"),
        Country = p.Text("country"),
        Line1 = p.Text("line1"),
        Line2 = p.Text("line2"),
        PostalCode = p.Text("postal_code"),
        State = p.Text("state"),
    };

    public static Shipping? Shipping(ApiParams? p) => p is null ? null : new Shipping
    {
        Address = Address(p.Hash("address")),
        Name = p.Text("name"),
        Phone = p.Text("phone"),
    };

    public static BillingDetails? BillingDetails(ApiParams? p) => p is null ? null : new BillingDetails
    {
        Address = Address(p.Hash("address")),
        Email = p.Text("email"),
        Name = p.Text("name"),
        Phone = p.Text("phone"),
    };

    public static string Currency(ApiParams p)
    {
        var currency = p.RequiredText("currency");
        if (currency.Length != CurrencyLength || !currency.All(char.IsAsciiLetter))
            throw StripeError.Invalid($"Invalid currency: {currency}", p.PathOf("currency"));
        return string.Create(CurrencyLength, currency, static (span, from) => from.AsSpan().ToLowerInvariant(span));
    }

    /// <summary>Card fields as Stripe.js sends them.</summary>
    public static PaymentMethod Card(World world, ApiParams p)
    {
        p.Choice("type", "card");
        var card = p.Hash("card") ?? throw StripeError.Missing(p.PathOf("card"));
        var number = string.Concat(card.RequiredText("number").Where(c => c is not (' ' or '-')));
        var month = card.RequiredInteger("exp_month");
        var year = card.RequiredInteger("exp_year");
        var cvc = card.Text("cvc");
        var method = new PaymentMethod
        {
            Id = world.Ids.Next("pm_"),
            Created = world.Now,
            Card = number,
            ExpMonth = (int)month,
            ExpYear = (int)(year < 100 ? 2000 + year : year),
            CvcGiven = cvc is not null,
            BillingDetails = BillingDetails(p.Hash("billing_details")),
            AllowRedisplay = p.Choice("allow_redisplay", "always|limited|unspecified"),
        };
        CheckCard(method, cvc, DateTimeOffset.FromUnixTimeSeconds(world.Now));
        return method;
    }

    private static void CheckCard(PaymentMethod method, string? cvc, DateTimeOffset now)
    {
        if (method.Card.Length is < 12 or > 19 || !method.Card.All(char.IsAsciiDigit) || !TestCards.PassesLuhn(method.Card))
            throw CardError("incorrect_number", "Your card number is incorrect.", "number");
        if (method.ExpMonth is < 1 or > 12)
            throw CardError("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
        if (method.ExpYear < now.Year || method.ExpYear > now.Year + 50 || (method.ExpYear == now.Year && method.ExpMonth < now.Month))
            throw CardError("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
        if (cvc is not null && (cvc.Length is < 3 or > 4 || !cvc.All(char.IsAsciiDigit)))
            throw CardError("invalid_cvc", "Your card's security code is invalid.", "cvc");
    }

    private static StripeError CardError(string code, string message, string param) => new(402, "card_error", message) { Code = code, Param = param, Executed = true };
}
