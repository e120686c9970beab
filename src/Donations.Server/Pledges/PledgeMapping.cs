using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Pledges;

internal static class PledgeMapping
{
    public static string Name(string donorId, string pledgeId) => $"donors/{donorId}/pledges/{pledgeId}";

    public static Pledge ToPledge(PledgeRow row)
    {
        var pledge = new Pledge
        {
            Name = row.Name,
            Reference = row.Reference,
            Campaign = CampaignNames.Campaign(row.CampaignId),
            Tier = CampaignNames.Tier(row.CampaignId, row.TierId),
            Interval = row.Interval,
            Amount = row.Amount.ToWire(),
            FeeCoverAmount = row.FeeCoverMinor == 0 ? null : new MinorAmount(row.FeeCoverMinor, row.Currency).ToWire(),
            State = row.State,
            NextPaymentTime = PledgeLifecycle.IsRunning(row.State) ? UnixMicros.ToTimestamp(row.NextPaymentTimeUs) : null,
            CancelAtPeriodEnd = row.CancelAtPeriodEnd,
            CancelTime = UnixMicros.ToTimestamp(row.CancelTimeUs),
            CancelReason = row.CancelReason,
            ResumeTime = UnixMicros.ToTimestamp(row.ResumeTimeUs),
            Attribution = ToAttribution(row),
            CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
            UpdateTime = UnixMicros.ToTimestamp(row.UpdateTimeUs),
            Etag = $"\"{row.Version}\"",
            FailureReason = row.FailureReason ?? "",
            PauseReason = row.PauseReason,
            ScheduledChange = ToScheduledChange(row),
            CardExpireDate = row.CardExpireMonth is { } month ? LastDay(month) : null,
        };
        if (row.Consents is { } consents)
            pledge.Consents.AddRange(CreatePledgeRequest.Parser.ParseFrom(consents).Consents);
        return pledge;
    }

    /// <summary>Donor and pledge of `donors/{donor}/pledges/{pledge}`; `donors/me` is the caller.</summary>
    public static (string DonorId, string PledgeId) Parse(string name, Caller caller)
    {
        if (name.Split('/') is not ["donors", var donor, "pledges", var pledge] || !Ids.IsId(pledge) || (donor != "me" && !Ids.IsId(donor)))
            throw RpcErrors.FieldInvalid("name", "must look like donors/{donor}/pledges/{pledge}");
        return (donor == "me" ? Me(caller, "name") : donor, pledge);
    }

    /// <summary>The caller's own donor id.</summary>
    public static string Me(Caller caller, string path) =>
        caller.DonorId ?? throw RpcErrors.FieldInvalid(path, "`donors/me` needs a donor's access token");

    private static ScheduledChange? ToScheduledChange(PledgeRow row) => row.NextInterval == PledgeInterval.Unspecified ? null : new()
    {
        Interval = row.NextInterval,
        Amount = new MinorAmount(row.NextAmountMinor!.Value, row.Currency).ToWire(),
        FeeCoverAmount = row.NextFeeCoverMinor is > 0 and var cover ? new MinorAmount(cover, row.Currency).ToWire() : null,
        EffectiveTime = UnixMicros.ToTimestamp(row.NextPaymentTimeUs),
    };

    private static Google.Type.Date LastDay(long month)
    {
        var (year, number) = ((int)(month / 12), (int)(month % 12) + 1);
        return new() { Year = year, Month = number, Day = DateTime.DaysInMonth(year, number) };
    }

    private static PledgeAttribution? ToAttribution(PledgeRow row) => row is { AppealId: null, Placement: 0, SourceCode: null, ExperimentGroup: 0, Reminder: 0 } ? null : new()
    {
        Appeal = row.AppealId is null ? "" : CampaignNames.Appeal(row.CampaignId, row.AppealId),
        Placement = row.Placement,
        SourceCode = row.SourceCode ?? "",
        ExperimentGroup = row.ExperimentGroup,
        Reminder = row.Reminder,
    };
}
