using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.V1;
using Microsoft.Data.Sqlite;
using Verdict = Donations.V1.ExperimentLift.Types.Verdict;

namespace Donations.Server.Reports;

/// <summary>What an experiment report is asked for: UTC days, the last one not included.</summary>
internal sealed record ExperimentScope(string CampaignId, string Currency, Placement Placement, int FromDay, int ToDay)
{
    /// <summary>Checks what the typed method and the export ask in the same words.</summary>
    public static ExperimentScope From((long FromUs, long ToUs) ends, string zone, string campaign, string currency, Placement placement, Violations violations)
    {
        var (fromDay, toDay) = ReportValidation.UtcDays(ends, zone, violations);
        violations.Require(campaign.Length > 0, "campaign", "is required");
        violations.Require(currency.Length > 0, "currency", "is required");
        violations.Require(System.Enum.IsDefined(placement), "placement", "is not a known placement");
        return new(ReportValidation.Campaign(campaign, violations) ?? "", ReportValidation.Currency(currency, violations) ?? "", placement, fromDay, toDay);
    }
}

/// <summary>The experiment report, from counters: what appeals bring per view, and how sure that is.</summary>
internal static class ExperimentReports
{
    /// <summary>Below either, sums are told and nothing is concluded: with fewer gifts no interval is honest.</summary>
    public const long EnoughViews = 1_000;
    public const long EnoughConversions = 30;

    private const double Confidence = 0.95;
    private const int MaxAppeals = 200;
    private const double Millionths = 1e6;
    private static readonly ExperimentGroup[] Groups = [ExperimentGroup.Unspecified, ExperimentGroup.Control, ExperimentGroup.Treatment];

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: there is no such campaign.</exception>
    public static ExperimentReport Of(SqliteConnection connection, ExperimentScope scope)
    {
        if (CampaignStore.Find(connection, scope.CampaignId) is null)
            throw RpcErrors.NotFound(CampaignNames.Campaign(scope.CampaignId));
        return Of(ExperimentCounters.Between(connection, scope.CampaignId, scope.Placement, scope.Currency, scope.FromDay, scope.ToDay), scope.CampaignId, scope.Currency);
    }

    /// <summary>Pure: from the sums of one currency by appeal and group.</summary>
    public static ExperimentReport Of(IReadOnlyList<ExperimentSums> sums, string campaignId, string currency)
    {
        var appeals = sums.GroupBy(s => s.AppealId).OrderByDescending(g => g.Sum(s => s.ViewCount)).Take(MaxAppeals).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        var comparisons = appeals.Count + 1;
        var totals = Groups.Select(group => Total(sums, group)).ToList();
        // Bonferroni's: all of them hold together.
        var confidence = 1 - ((1 - Confidence) / comparisons);
        var (ofValue, ofNet) = (new ExperimentMath(totals[0].Value, confidence), new ExperimentMath(totals[0].Net, confidence));
        var report = new ExperimentReport { EnoughViewCount = EnoughViews, EnoughConversionCount = EnoughConversions, ComparisonCount = comparisons };
        var table = Groups.Select(group => appeals.Select(a => Total(a, group)).ToList()).ToList();
        var placements = appeals.ConvertAll(a => a.Max(s => s.Placement));
        var best = table.ConvertAll(column => Best(column, placements));
        foreach (var (i, appeal) in appeals.Index())
            report.Rows.Add(Groups.Index().Select(g => ToRow(CampaignNames.Appeal(campaignId, appeal.Key), placements[i], g.Item, table[g.Index][i], best[g.Index][i])));
        report.Totals.Add(Groups.Zip(totals, (group, total) => ToRow("", Placement.Unspecified, group, total, 0)));
        report.Lift = ToLift(totals[2], totals[1], ofValue, ofNet);
        return report;

        ExperimentRow ToRow(string appeal, Placement placement, ExperimentGroup group, ExperimentSums total, double probability)
        {
            var rate = ExperimentMath.Wilson(total.ConversionCount, total.ViewCount, Confidence);
            var enough = IsEnough(total.Value);
            var (value, net) = enough ? (ofValue.Mean(total.Value), ofNet.Mean(total.Net)) : default;
            Google.Type.Money Of(long minor) => new MinorAmount(minor, currency).ToWire();
            return new()
            {
                Appeal = appeal,
                ExperimentGroup = group,
                ViewCount = total.ViewCount,
                ClickCount = total.ClickCount,
                DismissCount = total.DismissCount,
                RemindCount = total.RemindCount,
                CheckoutCount = total.CheckoutCount,
                ConversionCount = total.ConversionCount,
                Amount = Of(total.AmountMinor),
                Value = Of(total.ValueMinor),
                NetValue = Of(total.NetMinor),
                ConversionRatePpm = total.ViewCount == 0 ? 0 : Ppm((double)total.ConversionCount / total.ViewCount),
                ConversionRateLowPpm = Ppm(rate.Low),
                ConversionRateHighPpm = Ppm(rate.High),
                ValuePerViewMicros = Ppm(total.Value.Mean),
                ValuePerViewLowMicros = Ppm(value.Low),
                ValuePerViewHighMicros = Ppm(value.High),
                NetValuePerViewMicros = Ppm(total.Net.Mean),
                NetValuePerViewLowMicros = Ppm(net.Low),
                NetValuePerViewHighMicros = Ppm(net.High),
                BestPpm = Ppm(probability),
                EnoughData = enough,
                Placement = placement,
            };
        }
    }

    private static ExperimentLift ToLift(ExperimentSums treatment, ExperimentSums control, ExperimentMath ofValue, ExperimentMath ofNet)
    {
        var lift = new ExperimentLift
        {
            Verdict = Verdict.NotEnoughData,
            ValuePerViewMicros = Ppm(treatment.Value.Mean - control.Value.Mean),
            RelativePpm = control.Value.Mean > 0 ? Ppm((treatment.Value.Mean / control.Value.Mean) - 1) : 0,
            NetValuePerViewMicros = Ppm(treatment.Net.Mean - control.Net.Mean),
        };
        if (!IsEnough(treatment.Value) || !IsEnough(control.Value))
            return lift;
        var value = ofValue.Difference(treatment.Value, control.Value);
        var relative = ofValue.Ratio(treatment.Value, control.Value);
        var net = ofNet.Difference(treatment.Net, control.Net);
        lift.Verdict = value.Low > 0 ? Verdict.Better : value.High < 0 ? Verdict.Worse : Verdict.Undecided;
        (lift.ValuePerViewLowMicros, lift.ValuePerViewHighMicros) = (Ppm(value.Low), Ppm(value.High));
        (lift.RelativeLowPpm, lift.RelativeHighPpm) = (Ppm(relative.Low - 1), Ppm(relative.High - 1));
        (lift.NetValuePerViewLowMicros, lift.NetValuePerViewHighMicros) = (Ppm(net.Low), Ppm(net.High));
        return lift;
    }

    /// <summary>Enough of both. More gifts than views: views were lost on their way, and nothing can be said of either.</summary>
    private static bool IsEnough(ViewSample sample) => sample.Views >= EnoughViews && sample.Conversions >= EnoughConversions && sample.Conversions <= sample.Views;

    /// <summary>The probability of each of being the best of its placement; 0 where that cannot be told.</summary>
    private static double[] Best(List<ExperimentSums> appeals, List<Placement> placements)
    {
        var best = new double[appeals.Count];
        foreach (var rivals in Enumerable.Range(0, best.Length).GroupBy(i => placements[i]).Select(g => g.ToList()).Where(g => g.Count > 1 && g.TrueForAll(i => IsEnough(appeals[i].Value))))
        {
            foreach (var (i, probability) in rivals.Zip(BanditWeights.ProbabilitiesOfBest(rivals.ConvertAll(i => appeals[i].Value))))
                best[i] = probability;
        }

        return best;
    }

    private static ExperimentSums Total(IEnumerable<ExperimentSums> sums, ExperimentGroup group) =>
        sums.Where(s => group == ExperimentGroup.Unspecified || s.ExperimentGroup == group).Aggregate(new ExperimentSums(), (sum, s) => sum + s);

    private static long Ppm(double part) => (long)Math.Round(part * Millionths);
}
