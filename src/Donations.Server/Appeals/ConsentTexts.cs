using System.Collections.Immutable;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>
/// What donors are asked to agree to. A text that changes gets a new version, and the old one stays in the repository's
/// history, so that it can always be told what a donor was shown.
/// </summary>
internal static class ConsentTexts
{
    public const string TermsVersion = "terms-2026-11";
    public const string ServiceMailVersion = "service-mail-2026-11";
    public const string NewsletterVersion = "newsletter-2026-11";

    public static readonly ImmutableArray<ConsentText> All =
    [
        Text(Consent.Types.Purpose.Terms, TermsVersion, "en", required: true,
            "You give of your own free will and receive nothing of commercial value in return. A monthly or annual gift is charged again each "
            + "period until you stop it, which you can do at any time with your manage code.\n\n"
            + "The payment is handled by Stripe. Stripe knows who paid, how much and to whom, keeps that for years, and can be ordered by a "
            + "court or an authority to disclose it. We cannot prevent that.\n\n"
            + "We ask for no name and keep as little as we can. What we cannot protect: your bank statement, where the payment and any refund "
            + "appear; a phone or computer that is searched; a mailbox with a provider under the law of a country that pursues our readers. "
            + "If giving could put you at risk, please do not give with a card or a device that leads to you."),
        Text(Consent.Types.Purpose.Terms, TermsVersion, "ru", required: true,
            "Вы жертвуете добровольно и не получаете взамен ничего, что имело бы денежную ценность. Ежемесячное или ежегодное пожертвование "
            + "списывается снова в каждый срок, пока вы его не остановите; сделать это можно в любой момент с помощью вашего кода управления.\n\n"
            + "Платёж проводит компания Stripe. Она знает, кто, сколько и кому заплатил, хранит эти сведения годами и может раскрыть их по "
            + "требованию суда или властей. Помешать этому мы не можем.\n\n"
            + "Мы не спрашиваем имени и храним как можно меньше. Чего мы защитить не можем: банковскую выписку, где видны платёж и возврат; "
            + "телефон или компьютер при обыске; почтовый ящик у сервиса, который подчиняется законам страны, преследующей наших читателей. "
            + "Если пожертвование для вас опасно, не платите картой и не пользуйтесь устройством, которые ведут к вам."),
        Text(Consent.Types.Purpose.ServiceMail, ServiceMailVersion, "en", required: false,
            "Send me mail about this gift: receipts, and a note when a payment fails. Nothing else. Subject and sender do not name the newspaper."),
        Text(Consent.Types.Purpose.ServiceMail, ServiceMailVersion, "ru", required: false,
            "Присылайте мне письма об этом пожертвовании: квитанции и сообщения о непрошедших платежах. Ничего другого. В теме и в имени "
            + "отправителя название издания не указывается."),
        Text(Consent.Types.Purpose.Newsletter, NewsletterVersion, "en", required: false,
            "Send me the newsletter as well. I can unsubscribe with one click at any time; my gift does not depend on it."),
        Text(Consent.Types.Purpose.Newsletter, NewsletterVersion, "ru", required: false,
            "Присылайте мне также рассылку. Отписаться можно в любой момент одним нажатием; на пожертвование это не влияет."),
    ];

    private static ConsentText Text(Consent.Types.Purpose purpose, string version, string locale, bool required, string text) =>
        new() { Purpose = purpose, TextVersion = version, Locale = locale, Required = required, Text = text };
}
