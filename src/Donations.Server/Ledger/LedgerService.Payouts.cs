using System.Globalization;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Interval = Google.Type.Interval;

namespace Donations.Server.Ledger;

/// <summary>Reads payouts from Stripe again. The Payments room can; this one cannot.</summary>
internal interface IPayoutReader
{
    /// <summary>Takes in a payout and its rows as Stripe has them now. False where Stripe does not know it.</summary>
    Task<bool> ReadAsync(string payoutId, CancellationToken cancellationToken);
}

/// <summary>Payouts and their batches.</summary>
internal sealed partial class LedgerService
{
    [Access(Roles.Readers)]
    public override Task<Payout> GetPayout(GetPayoutRequest request, ServerCallContext context)
    {
        var id = ParseStripeId(request.Name, LedgerMapping.PayoutPrefix, "name");
        var row = database.Read(c => PayoutStore.Find(c, id), context.CancellationToken);
        return Task.FromResult(LedgerMapping.ToPayout(row ?? throw RpcErrors.NotFound(request.Name)));
    }

    [Access(Roles.Readers)]
    public override Task<ListPayoutsResponse> ListPayouts(ListPayoutsRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.BatchState))
            throw RpcErrors.FieldInvalid("batch_state", "is not a known state");
        if (request.Currency.Length > 0 && Money.Currencies.Find(request.Currency) is null)
            throw RpcErrors.FieldInvalid("currency", "must be an ISO 4217 code, upper case");
        var ends = OptionalEnds(request.Interval);
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken)?.Split(' ') is [var time, var id] ? (long.Parse(time, CultureInfo.InvariantCulture), id) : (long.MaxValue, "");
        var rows = database.Read(c => PayoutStore.List(c, ends, request.BatchState, request.Currency.Length == 0 ? null : request.Currency, before, size + 1), context.CancellationToken);
        var response = new ListPayoutsResponse();
        response.Payouts.AddRange(rows.Take(size).Select(LedgerMapping.ToPayout));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].CreateTimeUs} {rows[size - 1].PayoutId}"));
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override async Task<Payout> ReconcilePayout(ReconcilePayoutRequest request, ServerCallContext context)
    {
        var id = ParseStripeId(request.Name, LedgerMapping.PayoutPrefix, "name");
        var row = await payoutReader.ReadAsync(id, context.CancellationToken) ? database.Read(c => PayoutStore.Find(c, id), context.CancellationToken) : null;
        return LedgerMapping.ToPayout(row ?? throw RpcErrors.NotFound(request.Name));
    }

    [Access(Roles.Finance)]
    public override async Task<Payout> ClosePayout(ClosePayoutRequest request, ServerCallContext context)
    {
        var id = ParseStripeId(request.Name, LedgerMapping.PayoutPrefix, "name");
        var by = AccessInterceptor.Caller(context).Subject;
        return LedgerMapping.ToPayout(await database.WriteAsync(c =>
        {
            payouts.Close(c, id, by);
            return PayoutStore.Find(c, id)!;
        }));
    }

    [Access(Roles.Finance)]
    public override async Task<Payout> MarkPayoutExported(MarkPayoutExportedRequest request, ServerCallContext context)
    {
        var id = ParseStripeId(request.Name, LedgerMapping.PayoutPrefix, "name");
        if (request.Document.Trim().Length is < 1 or > 100)
            throw RpcErrors.FieldInvalid("document", "must have 1 to 100 characters");
        var by = AccessInterceptor.Caller(context).Subject;
        return LedgerMapping.ToPayout(await database.WriteAsync(c =>
        {
            payouts.MarkExported(c, id, by, request.Document);
            return PayoutStore.Find(c, id)!;
        }));
    }

    private static (long FromUs, long ToUs) OptionalEnds(Interval? interval)
    {
        var from = interval?.StartTime is { } start ? UnixMicros.FromTimestamp(start) : 0;
        var to = interval?.EndTime is { } end ? UnixMicros.FromTimestamp(end) : long.MaxValue;
        return from < to ? (from, to) : throw RpcErrors.FieldInvalid("interval", "must start before it ends");
    }
}
