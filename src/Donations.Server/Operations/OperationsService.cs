using System.Globalization;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Operations;

internal sealed class OperationsService(Database database, Inbox inbox, InboxWorker worker, Reconciler reconciler, PageTokens pageTokens, TimeProvider time) : V1.OperationsService.OperationsServiceBase
{
    private const int DefaultPage = 50;
    private const int MaxPage = 1000;
    private const int MaxEventId = 255;
    private const int MaxResource = 200;

    /// <summary>Stripe's first day, more or less: nothing is older.</summary>
    private static readonly long Earliest = new DateTimeOffset(2011, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;

    [Access(Roles.Editor)]
    public override Task<ListAuditEventsResponse> ListAuditEvents(ListAuditEventsRequest request, ServerCallContext context)
    {
        if (request.Resource.Length > MaxResource)
            throw RpcErrors.FieldInvalid("resource", $"must have at most {MaxResource} characters");
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) is { } token ? long.Parse(token, CultureInfo.InvariantCulture) : long.MaxValue;
        var events = database.Read(c => AuditLog.List(c, request.Resource, before, size + 1), context.CancellationToken);
        var response = new ListAuditEventsResponse { AuditEvents = { events.Take(size) } };
        if (events.Count > size)
            response.NextPageToken = pageTokens.Make(request, AuditLog.IdOf(events[size - 1]).ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(response);
    }

    [Access(Roles.Admin)]
    public override Task<ListInboxEventsResponse> ListInboxEvents(ListInboxEventsRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var (beforeMicros, beforeId) = pageTokens.Read(request, request.PageToken)?.Split('/', 2) is [var micros, var id]
            ? (long.Parse(micros, CultureInfo.InvariantCulture), id)
            : (long.MaxValue, "");
        var type = request.Type.Length == 0 ? null : request.Type;
        var (rows, poisoned) = database.Read(c => (Inbox.List(c, (InboxState)request.State, type, beforeMicros, beforeId, size + 1), Inbox.CountPoisoned(c)), context.CancellationToken);
        var response = new ListInboxEventsResponse { PoisonedCount = (int)poisoned };
        response.InboxEvents.AddRange(rows.Take(size).Select(OperationsMapping.ToEvent));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].ReceiveTimeUs}/{rows[size - 1].EventId}"));
        return Task.FromResult(response);
    }

    [Access(Roles.Admin)]
    public override async Task<InboxEvent> ReplayInboxEvent(ReplayInboxEventRequest request, ServerCallContext context)
    {
        var prefix = OperationsMapping.InboxPrefix;
        if (!request.Name.StartsWith(prefix, StringComparison.Ordinal) || request.Name.Length == prefix.Length || request.Name.Length > prefix.Length + MaxEventId || request.Name.AsSpan(prefix.Length).Contains('/'))
            throw RpcErrors.FieldInvalid("name", "must look like inboxEvents/{inbox_event}");
        var row = await inbox.ReplayAsync(request.Name[prefix.Length..]) ?? throw RpcErrors.NotFound(request.Name);
        worker.Wake();
        return OperationsMapping.ToEvent(row);
    }

    [Access(Roles.Admin)]
    public override async Task<Reconciliation> StartReconciliation(StartReconciliationRequest request, ServerCallContext context)
    {
        long? since = request.SinceTime is { } timestamp ? UnixMicros.FromTimestamp(timestamp) : null;
        if (since >= time.NowMicros() || since < Earliest)
            throw RpcErrors.FieldInvalid("since_time", "must be past, and not before 2011");
        return OperationsMapping.ToReconciliation(await reconciler.StartAsync(since));
    }

    [Access(Roles.Admin)]
    public override Task<Reconciliation> GetReconciliation(GetReconciliationRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, OperationsMapping.ReconciliationPrefix + "{id}");
        var row = database.Read(c => Reconciler.Find(c, id), context.CancellationToken);
        return Task.FromResult(OperationsMapping.ToReconciliation(row ?? throw RpcErrors.NotFound(request.Name)));
    }

    [Access(Roles.Admin)]
    public override Task<ListReconciliationsResponse> ListReconciliations(ListReconciliationsRequest request, ServerCallContext context)
    {
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => Reconciler.List(c, before, size + 1), context.CancellationToken);
        var response = new ListReconciliationsResponse();
        response.Reconciliations.AddRange(rows.Take(size).Select(OperationsMapping.ToReconciliation));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].ReconciliationId);
        return Task.FromResult(response);
    }
}
