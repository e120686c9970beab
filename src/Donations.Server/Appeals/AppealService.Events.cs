using Donations.Server.Rpc;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Appeals;

/// <summary>What readers did with appeals.</summary>
internal sealed partial class AppealService
{
    private const int MaxEvents = 200;

    [Access(Anonymous = true)]
    public override Task<RecordAppealEventsResponse> RecordAppealEvents(RecordAppealEventsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var isId = Guid.TryParseExact(request.BatchId, "D", out var batchId) && batchId.Version == 4;
        violations.Require(isId, "batch_id", "must be a UUID version 4, such as 3f2b1c9e-7d4a-4e6b-9a1f-0c5d8e7f6a2b");
        violations.Require(request.Events.Count <= MaxEvents, "events", $"must have at most {MaxEvents} entries");
        violations.ThrowIfAny();
        return events.RecordAsync(request, batchId);
    }
}
