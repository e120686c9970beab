using Google.Rpc;

namespace Donations.Server.Rpc;

/// <summary>The few sentences that errors tell donors, in the locales that ship. Neutral on purpose.</summary>
internal static class DonorTexts
{
    public static LocalizedMessage Declined(string plainReason, string locale) => IsRussian(locale)
        ? new()
        {
            Locale = "ru",
            Message = plainReason switch
            {
                "insufficient_funds" => "На карте недостаточно средств. Попробуйте другую карту.",
                "card_expired" => "Срок действия карты истёк. Попробуйте другую карту.",
                "authentication_failed" => "Подтверждение платежа не прошло. Попробуйте ещё раз или возьмите другую карту.",
                _ => "Банк отклонил платёж. Попробуйте другую карту.",
            },
        }
        : new()
        {
            Locale = "en",
            Message = plainReason switch
            {
                "insufficient_funds" => "The card has insufficient funds. Please try another card.",
                "card_expired" => "The card has expired. Please try another card.",
                "authentication_failed" => "The payment was not confirmed. Please try again, or use another card.",
                _ => "The bank declined the payment. Please try another card.",
            },
        };

    public static LocalizedMessage Refused(string locale) => IsRussian(locale)
        ? new() { Locale = "ru", Message = "Этой картой здесь заплатить нельзя. Платёж не отправлен. Попробуйте другой способ." }
        : new() { Locale = "en", Message = "This card cannot be used here. No payment was sent. Please try another way." };

    private static bool IsRussian(string locale) => locale.StartsWith("ru", StringComparison.OrdinalIgnoreCase);
}
