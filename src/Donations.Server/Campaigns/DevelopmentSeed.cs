using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>
/// Development only: one published campaign, so that the first call of a fresh checkout has something to answer. It is made once,
/// in one unit of work and through the same rules as an editor's, where there is no campaign yet.
/// </summary>
internal sealed class DevelopmentSeed(Database database, TimeProvider time) : IHostedService
{
    public const string CampaignId = "press-in-exile";
    private static readonly string[] Currencies = ["USD", "EUR", "GBP"];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        return database.WriteAsync(connection => Seed(connection, now));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void Seed(SqliteConnection connection, long now)
    {
        if (CampaignStore.Any(connection))
            return;
        var edit = new Edit(connection, "system", now);
        CampaignChanges.Create(edit, CampaignId, new() { DisplayName = "Press in exile", DefaultLocale = "en" });
        foreach (var (id, tier) in Tiers())
            CampaignPartChanges.CreateTier(edit, CampaignId, id, tier);
        foreach (var (id, placement) in Appeals)
            CampaignPartChanges.CreateAppeal(edit, CampaignId, id, new() { Placement = placement, Weight = 1, Copies = { English(placement), Russian(placement) } });
        CampaignChanges.Move(edit, CampaignId, "", CampaignVerb.Publish);
    }

    private static readonly (string Id, Placement Placement)[] Appeals =
    [
        ("banner", Placement.Banner), ("article-end", Placement.ArticleEnd), ("interstitial", Placement.Interstitial), ("app", Placement.App),
    ];

    private static IEnumerable<(string Id, Tier Tier)> Tiers()
    {
        var position = 0;
        (string, Tier) Tier(string id, PledgeInterval interval, long units, TierCopy english, TierCopy russian, bool chosen = false) => (id, new()
        {
            Interval = interval,
            Prices = { Currencies.Select(currency => new MinorAmount(units * 100, currency).ToWire()) },
            FreeAmount = id.EndsWith("-free", StringComparison.Ordinal),
            Copies = { english, russian },
            Recommended = chosen,
            Preselected = chosen,
            Position = position += 10,
        });

        yield return Tier("monthly-2", PledgeInterval.Monthly, 2, En("Reader", "Keeps our mirror sites reachable for one reader."), Ru("Читатель", "Один читатель каждый месяц открывает наши зеркала."));
        yield return Tier(
            "monthly-5", PledgeInterval.Monthly, 5,
            En("Friend", "Pays for an hour of fact-checking.", "A monthly letter from the editors"),
            Ru("Друг", "Оплачивает час проверки фактов.", "Ежемесячное письмо от редакции"),
            chosen: true);
        yield return Tier(
            "monthly-10", PledgeInterval.Monthly, 10,
            En("Supporter", "Pays a freelance reporter for a short news item.", "A monthly letter from the editors", "An invitation to an online meeting with the newsroom twice a year"),
            Ru("Сторонник", "Оплачивает короткую заметку внештатного корреспондента.", "Ежемесячное письмо от редакции", "Дважды в год приглашение на онлайн-встречу с редакцией"));
        yield return Tier(
            "monthly-15", PledgeInterval.Monthly, 15,
            En("Patron", "Pays for a day of secure hosting under attack.", "A monthly letter from the editors", "An invitation to every online meeting with the newsroom"),
            Ru("Покровитель", "Оплачивает день работы защищённых серверов под атакой.", "Ежемесячное письмо от редакции", "Приглашение на каждую онлайн-встречу с редакцией"));
        yield return Tier("monthly-free", PledgeInterval.Monthly, 7, En("Another amount", "Every sum helps us to plan a month ahead."), Ru("Другая сумма", "Любая сумма помогает планировать на месяц вперёд."));

        yield return Tier("one-time-10", PledgeInterval.OneTime, 10, En("Once", "Pays for a call to a source abroad."), Ru("Один раз", "Оплачивает связь с источником за границей."));
        yield return Tier("one-time-25", PledgeInterval.OneTime, 25, En("Once", "Pays for the translation of an article."), Ru("Один раз", "Оплачивает перевод статьи."), chosen: true);
        yield return Tier("one-time-50", PledgeInterval.OneTime, 50, En("Once", "Pays for a lawyer's half hour."), Ru("Один раз", "Оплачивает полчаса работы юриста."));
        yield return Tier("one-time-free", PledgeInterval.OneTime, 15, En("Another amount", "Every sum helps."), Ru("Другая сумма", "Помогает любая сумма."));

        yield return Tier("annual-24", PledgeInterval.Annual, 24, En("A year as a reader", "Keeps our mirror sites reachable for a year."), Ru("Читатель на год", "Целый год работы наших зеркал для одного читателя."));
        yield return Tier("annual-60", PledgeInterval.Annual, 60, En("A year as a friend", "Pays for a day of fact-checking.", "A monthly letter from the editors"), Ru("Друг на год", "Оплачивает день проверки фактов.", "Ежемесячное письмо от редакции"), chosen: true);
        yield return Tier("annual-120", PledgeInterval.Annual, 120, En("A year as a supporter", "Pays for a reported article from a closed region.", "A monthly letter from the editors"), Ru("Сторонник на год", "Оплачивает репортаж из закрытого региона.", "Ежемесячное письмо от редакции"));
    }

    private static AppealCopy English(Placement placement) => new()
    {
        Locale = "en",
        Title = placement == Placement.Banner ? "We write from exile. You keep us writing." : "This reporting was made in exile, and readers paid for it",
        Body = placement == Placement.Banner
            ? "No advertiser and no ministry pays for our work. Support us monthly starting from just $2. It's quick to set up."
            : """
              We had to leave the country that we write about. Our accounts there were closed, our site is blocked, and whoever advertised with us was told to stop.

              We kept reporting. Editors work from four time zones, correspondents write without a byline, and engineers build a new way to us each time the old one is shut. None of it is sold, and none of it is behind a paywall, because those who need it most could not pay.

              What carries us is many readers who each give a little. Support us monthly starting from just $2. It's quick to set up.
              """.ReplaceLineEndings("\n"),
        CallToAction = "Support us",
        ReminderLabel = "Remind me later",
    };

    private static AppealCopy Russian(Placement placement) => new()
    {
        Locale = "ru",
        Title = placement == Placement.Banner ? "Мы пишем из изгнания. Пишем благодаря вам." : "Этот материал сделан в изгнании, и оплатили его читатели",
        Body = placement == Placement.Banner
            ? "Нам не платят ни рекламодатели, ни министерства. Поддерживайте нас каждый месяц: от 2 долларов. Это недолго."
            : """
              Нам пришлось уехать из страны, о которой мы пишем. Наши счета там закрыты, сайт заблокирован, а тем, кто давал у нас рекламу, велели прекратить.

              Мы не остановились. Редакторы работают в четырёх часовых поясах, корреспонденты пишут без подписи, а инженеры всякий раз строят новую дорогу к нам, когда закрывают прежнюю. Мы ничего не продаём и не прячем за платной подпиской: те, кому это нужнее всего, заплатить не смогли бы.

              Нас держат многие читатели, каждый понемногу. Поддерживайте нас каждый месяц: от 2 долларов. Это недолго.
              """.ReplaceLineEndings("\n"),
        CallToAction = "Поддержать",
        ReminderLabel = "Напомнить позже",
    };

    private static TierCopy En(string label, string impact, params string[] benefits) => new() { Locale = "en", Label = label, Impact = impact, Benefits = { benefits } };

    private static TierCopy Ru(string label, string impact, params string[] benefits) => new() { Locale = "ru", Label = label, Impact = impact, Benefits = { benefits } };
}
