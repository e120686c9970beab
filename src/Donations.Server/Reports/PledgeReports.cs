using System.Globalization;
using Dapper;
using Donations.Server.Campaigns;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Reports;

/// <summary>Reports on pledges and donors, all counted when things happened: nothing here names anybody.</summary>
internal sealed class PledgeReports(BookCalendar calendar, TimeProvider time)
{
    private sealed record MovementRow
    {
        public long Month { get; init; }
        public string Currency { get; init; } = "";
        public MrrMovementKind Kind { get; init; }
        public long AmountMinor { get; init; }
    }

    private sealed record CohortRow
    {
        public long Cohort { get; init; }
        public long Month { get; init; }
        public string Currency { get; init; } = "";
        public long PledgeCount { get; init; }
        public long AmountMinor { get; init; }
    }

    private sealed record GiftRow
    {
        public string CampaignId { get; init; } = "";
        public string AppealId { get; init; } = "";
        public long Placement { get; init; }
        public Payment.Types.Kind Kind { get; init; }
        public string Currency { get; init; } = "";
        public long PaymentCount { get; init; }
        public long AmountMinor { get; init; }
    }

    public static MrrMovements Mrr(SqliteConnection connection, int fromDay, int toDay, string? campaignId, string? currency)
    {
        var cut = Movements.Mrr.Cut(campaignId is null ? "" : "campaign_id");
        // What is before the interval makes the opening.
        var before = connection.Query<MovementRow>($"SELECT 0 AS Month, currency AS Currency, kind AS Kind, sum(amount_minor) AS AmountMinor FROM {Movements.Mrr.Between} WHERE (@campaignId IS NULL OR campaign_id = @campaignId) AND (@currency IS NULL OR currency = @currency) GROUP BY 2, 3", Sums.Range(cut, 0, fromDay, int.MaxValue, new { campaignId, currency }));
        var rows = before.Concat(connection.Query<MovementRow>(
            $"""
            SELECT day / 100 AS Month, currency AS Currency, kind AS Kind, sum(amount_minor) AS AmountMinor
            FROM {Movements.Mrr.Between} WHERE (@campaignId IS NULL OR campaign_id = @campaignId) AND (@currency IS NULL OR currency = @currency) GROUP BY 1, 2, 3
            """,
            Sums.Range(cut, fromDay, toDay, 100, new { campaignId, currency }))).ToLookup(r => (r.Month, r.Currency));
        var open = rows.Select(g => g.Key.Currency).Distinct().Order(StringComparer.Ordinal).ToDictionary(c => c, c => rows[(0, c)].Sum(r => r.AmountMinor), StringComparer.Ordinal);
        var answer = new MrrMovements();
        for (var month = fromDay / 100; PeriodStore.FirstDay(month) < toDay; month = PeriodStore.Next(month))
        {
            foreach (var code in open.Keys)
            {
                var row = ToMrr(Math.Max(fromDay, PeriodStore.FirstDay(month)), code, open[code], rows[(month, code)]);
                open[code] += rows[(month, code)].Sum(r => r.AmountMinor);
                answer.Rows.Add(row);
            }
        }

        return answer;
    }

    public Donations.V1.Dunning Dunning(SqliteConnection connection, string? currency)
    {
        var now = time.NowMicros();
        var month = calendar.DayOf(now) / 100;
        var lastCardMonth = CardMonth(PeriodStore.Next(PeriodStore.Next(month)));
        var found = new List<(DunningRow.Types.Risk Risk, string Reason, int Weeks, PledgeRow Pledge)>();
        foreach (var pledge in PledgeStore.ListAtRisk(connection, currency, CardMonth(month), lastCardMonth))
        {
            if (pledge.State == State.PastDue)
                found.Add((DunningRow.Types.Risk.PastDue, pledge.FailureReason ?? "", (int)((now - (pledge.PastDueTimeUs ?? now)) / (7 * UnixMicros.PerDay)), pledge));
            else if (pledge.State == State.Paused)
                found.Add((DunningRow.Types.Risk.Paused, pledge.PauseReason.ToString().ToLowerInvariant(), 0, pledge));
            else if (pledge.CancelAtPeriodEnd)
                found.Add((DunningRow.Types.Risk.Ending, "", 0, pledge));
            else
                found.Add((DunningRow.Types.Risk.CardExpiring, string.Create(CultureInfo.InvariantCulture, $"{pledge.CardExpireMonth / 12:D4}-{(pledge.CardExpireMonth % 12) + 1:D2}"), 0, pledge));
        }

        var answer = new Donations.V1.Dunning();
        answer.Rows.AddRange(found.GroupBy(f => (f.Risk, f.Pledge.Currency, f.Reason, f.Weeks)).OrderBy(g => g.Key.Risk).ThenBy(g => g.Key.Currency, StringComparer.Ordinal).ThenBy(g => g.Key.Reason, StringComparer.Ordinal).ThenBy(g => g.Key.Weeks).Select(g => new DunningRow
        {
            Risk = g.Key.Risk,
            Reason = g.Key.Reason,
            WeeksLate = g.Key.Weeks,
            PledgeCount = g.Count(),
            MonthlyAmount = new MinorAmount(g.Sum(f => Movement.MonthlyMinor(f.Pledge with { State = State.Active })), g.Key.Currency).ToWire(),
        }));
        return answer;
    }

    public Retention Retention(SqliteConnection connection, int fromDay, int toDay, string? currency)
    {
        var scope = new { from = fromDay / 100, to = toDay, currency };
        var deltas = connection.Query<CohortRow>(
            """
            SELECT cohort_month AS Cohort, period AS Month, currency AS Currency, pledge_count AS PledgeCount, amount_minor AS AmountMinor
            FROM cohort_sums WHERE cohort_month >= @from AND cohort_month * 100 + 1 < @to AND (@currency IS NULL OR currency = @currency)
            """,
            scope).ToLookup(r => (r.Cohort, r.Currency));
        var began = connection.Query<CohortRow>(
            """
            SELECT period AS Cohort, currency AS Currency, movement_count AS PledgeCount FROM mrr_sums
            WHERE cut = 0 AND period BETWEEN @from AND 999999 AND period * 100 + 1 < @to AND kind = 1 AND (@currency IS NULL OR currency = @currency) ORDER BY 1, 2
            """,
            scope).AsList();
        var answer = new Retention();
        answer.Cohorts.AddRange(began.Select(b => ToCohort(b, deltas[(b.Cohort, b.Currency)].ToDictionary(d => d.Month))));
        return answer;
    }

    public DonorLifecycle Lifecycle(SqliteConnection connection, int startYear, int endYear)
    {
        var counts = connection.Query<(long Year, long New, long Retained, long Reactivated)>(
            "SELECT year, new_count, retained_count, reactivated_count FROM lifecycle_years ORDER BY year").ToDictionary(r => (int)r.Year);
        var answer = new DonorLifecycle();
        if (counts.Count == 0)
            return answer;
        var (everBefore, donorsBefore) = (0L, 0L);
        var last = endYear == 0 ? calendar.DayOf(time.NowMicros()) / 10_000 : endYear;
        for (var year = counts.Keys.Min(); year <= last; year++)
        {
            var (_, fresh, retained, reactivated) = counts.GetValueOrDefault(year);
            var donors = fresh + retained + reactivated;
            if (year >= startYear)
            {
                answer.Rows.Add(new DonorLifecycleRow
                {
                    Year = year,
                    DonorCount = donors,
                    NewCount = fresh,
                    RetainedCount = retained,
                    ReactivatedCount = reactivated,
                    LybuntCount = donorsBefore - retained,
                    SybuntCount = everBefore - donorsBefore - reactivated,
                    RetentionPercent = ReportMapping.Percent(retained, donorsBefore, 1),
                });
            }

            (everBefore, donorsBefore) = (everBefore + fresh, donors);
        }

        return answer;
    }

    public static CampaignPerformance Performance(SqliteConnection connection, int fromDay, int toDay, string? campaignId, string? currency, bool byAppeal, bool byPlacement)
    {
        var rows = connection.Query<GiftRow>(
            $"""
            SELECT campaign_id AS CampaignId, {(byAppeal ? "appeal_id" : "''")} AS AppealId, {(byPlacement ? "placement" : "0")} AS Placement, currency AS Currency, kind AS Kind,
              sum(payment_count) AS PaymentCount, sum(amount_minor) AS AmountMinor
            FROM {GiftSums.Gifts.Between} WHERE (@campaignId IS NULL OR campaign_id = @campaignId) AND (@currency IS NULL OR currency = @currency)
            GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
            """,
            Sums.Range(GiftSums.Gifts.Cut(byAppeal ? "appeal_id" : "", byPlacement ? "placement" : ""), fromDay, toDay, int.MaxValue, new { campaignId, currency })).AsList();
        var answer = new CampaignPerformance();
        answer.Rows.AddRange(rows.GroupBy(r => (r.CampaignId, r.AppealId, r.Placement, r.Currency)).Select(g => ToPerformance([.. g], total: false)));
        answer.Totals.AddRange(rows.GroupBy(r => r.Currency).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => ToPerformance([.. g], total: true)));
        return answer;
    }

    /// <summary>As cards count months: year * 12 + month - 1.</summary>
    private static long CardMonth(int month) => ((month / 100) * 12) + (month % 100) - 1;

    private static MrrRow ToMrr(int startDay, string currency, long opening, IEnumerable<MovementRow> rows)
    {
        var sums = rows.ToLookup(r => r.Kind, r => r.AmountMinor);
        Google.Type.Money Of(long minor) => new MinorAmount(minor, currency).ToWire();
        Google.Type.Money By(MrrMovementKind kind) => Of(sums[kind].Sum());
        return new()
        {
            MonthStartDate = LedgerMapping.ToDate(startDay),
            Opening = Of(opening),
            NewAmount = By(MrrMovementKind.New),
            ReactivatedAmount = By(MrrMovementKind.Reactivated),
            UpgradeAmount = By(MrrMovementKind.Upgrade),
            DowngradeAmount = By(MrrMovementKind.Downgrade),
            PausedAmount = By(MrrMovementKind.Paused),
            VoluntaryChurnAmount = By(MrrMovementKind.VoluntaryChurn),
            FailedChurnAmount = By(MrrMovementKind.FailedChurn),
            Closing = Of(opening + sums.Sum(g => g.Sum())),
        };
    }

    private RetentionCohort ToCohort(CohortRow began, Dictionary<long, CohortRow> deltas)
    {
        var cohort = new RetentionCohort { MonthStartDate = LedgerMapping.ToDate(PeriodStore.FirstDay((int)began.Cohort)), Currency = began.Currency, PledgeCount = began.PledgeCount };
        var (count, amount, now) = (0L, 0L, calendar.DayOf(time.NowMicros()) / 100);
        for (var month = (int)began.Cohort; month <= now; month = PeriodStore.Next(month))
        {
            if (deltas.TryGetValue(month, out var delta))
                (count, amount) = (count + delta.PledgeCount, amount + delta.AmountMinor);
            cohort.RetainedCounts.Add(count);
            cohort.RetainedAmounts.Add(new MinorAmount(amount, began.Currency).ToWire());
        }

        return cohort;
    }

    private static CampaignPerformanceRow ToPerformance(List<GiftRow> gifts, bool total)
    {
        var first = gifts[0];
        (long Count, long Minor) Sum(Payment.Types.Kind kind) => (gifts.Where(g => g.Kind == kind).Sum(g => g.PaymentCount), gifts.Where(g => g.Kind == kind).Sum(g => g.AmountMinor));
        Google.Type.Money Of(long minor) => new MinorAmount(minor, first.Currency).ToWire();
        var (oneTime, won, renewed) = (Sum(Payment.Types.Kind.OneTime), Sum(Payment.Types.Kind.RecurringFirst), Sum(Payment.Types.Kind.RecurringSubsequent));
        var (count, minor) = (gifts.Sum(g => g.PaymentCount), gifts.Sum(g => g.AmountMinor));
        return new()
        {
            Campaign = total ? "" : CampaignNames.Campaign(first.CampaignId),
            Appeal = total || first.AppealId.Length == 0 ? "" : CampaignNames.Appeal(first.CampaignId, first.AppealId),
            Placement = total ? 0 : (Placement)first.Placement,
            OneTimeCount = oneTime.Count,
            OneTimeAmount = Of(oneTime.Minor),
            NewPledgeCount = won.Count,
            NewPledgeAmount = Of(won.Minor),
            RenewalCount = renewed.Count,
            RenewalAmount = Of(renewed.Minor),
            PaymentCount = count,
            Amount = Of(minor),
            AverageAmount = count == 0 ? null : Of((long)Math.Round((decimal)minor / count, MidpointRounding.ToEven)),
        };
    }
}
