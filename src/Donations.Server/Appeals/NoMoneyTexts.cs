using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>What readers in a risk country are told where the campaign has no words of its own for them: never to give.</summary>
internal static class NoMoneyTexts
{
    private static readonly AppealCopy English = new()
    {
        Locale = "en",
        Title = "Please do not send us money",
        Body = "Where you are, paying for our work can put you at risk, so we do not ask you to. You help us when you read us, and when somebody "
            + "whom you trust gets to read us through you.",
        CallToAction = "Share safely",
        ReminderLabel = "Remind me later",
    };

    private static readonly AppealCopy Russian = new()
    {
        Locale = "ru",
        Title = "Пожалуйста, не присылайте нам денег",
        Body = "Там, где вы находитесь, платить за нашу работу может быть опасно, поэтому мы вас об этом не просим. Вы помогаете нам, когда читаете "
            + "нас и когда через вас нас читает кто-то, кому вы доверяете.",
        CallToAction = "Поделиться безопасно",
        ReminderLabel = "Напомнить позже",
    };

    /// <summary>An appeal without a name: it is nobody's, and not counted.</summary>
    public static Appeal Appeal(Placement placement) => new() { Placement = placement, Kind = V1.Appeal.Types.Kind.NoMoney, Weight = 1, Copies = { English, Russian } };
}
