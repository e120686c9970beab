using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Operations;

internal static class OperationsMapping
{
    public const string InboxPrefix = "inboxEvents/";
    public const string ReconciliationPrefix = "reconciliations/";

    public static InboxEvent ToEvent(InboxRow row) => new()
    {
        Name = InboxPrefix + row.EventId,
        Type = row.Type,
        ObjectId = row.ObjectId,
        ApiVersion = row.ApiVersion ?? "",
        State = (InboxEvent.Types.State)row.State,
        AttemptCount = (int)row.Attempts,
        Failure = row.Failure ?? "",
        EventTime = UnixMicros.ToTimestamp(row.EventTimeUs),
        ReceiveTime = UnixMicros.ToTimestamp(row.ReceiveTimeUs),
        NextTryTime = row.State == (long)InboxState.Pending ? UnixMicros.ToTimestamp(row.NextTryTimeUs) : null,
    };

    public static Reconciliation ToReconciliation(ReconciliationRow row) => new()
    {
        Name = ReconciliationPrefix + row.ReconciliationId,
        State = (Reconciliation.Types.State)row.State,
        Stage = row.Stage,
        ObjectCount = (int)row.ObjectCount,
        DifferenceCount = (int)row.DifferenceCount,
        HealedCount = (int)row.HealedCount,
        SinceTime = UnixMicros.ToTimestamp(row.SinceTimeUs),
        StartTime = UnixMicros.ToTimestamp(row.StartTimeUs),
        EndTime = UnixMicros.ToTimestamp(row.EndTimeUs),
    };
}
