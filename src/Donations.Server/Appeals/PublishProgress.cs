using Dapper;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Appeals;

/// <summary>
/// Looks at fixed times at how far campaigns have come, and publishes what <see cref="ProgressRules"/> allow. Gifts are first payments, as the
/// roll-up by month counts them: a monthly gift counts once, and no pledge is read.
/// </summary>
internal sealed class PublishProgress(Database database, CampaignCatalog catalog, AppealOptions options, TimeProvider time) : IChore
{
    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        var slot = now / (long)options.ProgressEvery.TotalMicroseconds;
        var due = catalog.Current.Campaigns.Where(c => c.Resource is { PublishProgress: true, Goal: not null }).ToList();
        if (due.Count == 0)
            return;
        due = database.Read(c => due.Where(campaign => !(ProgressStore.Find(c, campaign.Id)?.Slot >= slot)).ToList(), cancellationToken);
        foreach (var campaign in due)
        {
            await database.WriteAsync((SqliteConnection connection) =>
            {
                Look(connection, campaign, slot, now);
                return 0;
            });
        }

        if (due.Count > 0)
            catalog.Refresh();
    }

    private static void Look(SqliteConnection connection, CatalogCampaign campaign, long slot, long now)
    {
        var last = ProgressStore.Find(connection, campaign.Id);
        if (last?.Slot >= slot)
            return;
        var sums = connection.Query<(string Currency, long Count, long Minor)>(
            $"""
            SELECT currency, sum(payment_count), sum(amount_minor) FROM gift_sums
            WHERE cut = 0 AND period < 10000 AND campaign_id = @Id AND kind IN ({(int)Payment.Types.Kind.OneTime}, {(int)Payment.Types.Kind.RecurringFirst}) GROUP BY currency
            """,
            new { campaign.Id }).AsList();
        // A sum in one currency is told of the gifts in that currency: one of them among many others would stand alone in it.
        var wanted = campaign.Resource.Goal.Amount;
        var counted = wanted is null ? sums : sums.FindAll(s => s.Currency == wanted.CurrencyCode);
        var gifts = counted.Sum(s => s.Count);
        MinorAmount? amount = wanted is null ? null : new(counted.Sum(s => s.Minor), wanted.CurrencyCode);
        var next = ProgressRules.Next(last, gifts, amount);
        ProgressStore.Save(connection, new()
        {
            CampaignId = campaign.Id,
            Slot = slot,
            Counted = next is null ? last?.Counted ?? 0 : gifts,
            SupporterCount = next?.SupporterCount ?? last?.SupporterCount ?? 0,
            Currency = next is null ? last?.Currency ?? "" : next.Value.Amount?.Currency ?? "",
            AmountMinor = next is null ? last?.AmountMinor ?? 0 : next.Value.Amount?.Minor ?? 0,
            PublishTimeUs = next is null ? last?.PublishTimeUs ?? 0 : now,
            Version = (last?.Version ?? 0) + (next is null ? 0 : 1),
        });
    }
}
