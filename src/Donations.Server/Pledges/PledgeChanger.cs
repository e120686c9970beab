using System.Text.Json;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>What a change asks of Stripe.</summary>
internal sealed record ChosenChange(string Kind, object Arguments);

/// <summary>Changes to pledges that exist: intent in one transaction, Stripe, result in another.</summary>
internal sealed class PledgeChanger(Database database, StripeOperations operations, Ids ids, TimeProvider time)
{
    /// <summary>
    /// Carries a change out. <paramref name="choose"/> looks at the pledge as it is and answers with the operation, or null
    /// where the change is there already. The same change while one is under way joins it.
    /// </summary>
    /// <param name="donorId">Whose pledge.</param>
    /// <param name="pledgeId">The pledge.</param>
    /// <param name="choose">Looks and chooses.</param>
    /// <param name="overtakes">An end now does not wait for an older change whose outcome stays unknown: a donor can always stop.</param>
    public async Task<Pledge> ChangeAsync(string donorId, string pledgeId, Func<PledgeRow, ChosenChange?> choose, bool overtakes = false)
    {
        database.Read(c => Get(c, donorId, pledgeId));
        try
        {
            await operations.FinishOpenAsync(pledgeId);
        }
        catch (GatewayUnknownException) when (overtakes)
        {
            // Closed below, unless the first payment is still under way.
        }

        var operationId = await database.WriteAsync(c =>
        {
            var pledge = Get(c, donorId, pledgeId);
            if (overtakes)
                StripeOperations.Overtake(c, pledgeId, NotOvertaken);
            return choose(pledge) is { } chosen ? Begin(c, pledgeId, chosen, mayJoin: true) : null;
        });
        Refusal? refusal = null;
        if (operationId is not null)
            await operations.RunAsync(operationId, pledgeId, (_, outcome) => refusal = outcome?.Refusal);
        if (refusal is not null && database.Read(c => Get(c, donorId, pledgeId)) is var now)
            throw RpcErrors.StateInvalid(now.Name, now.State.ToString(), "it moved on before this could change");
        return PledgeMapping.ToPledge(database.Read(c => Get(c, donorId, pledgeId)));
    }

    /// <summary>
    /// The idempotent work of a change that has a request_id. <paramref name="took"/> tells whether it is there; where Stripe refused it,
    /// the pledge moved on meanwhile.
    /// </summary>
    public Idempotency.IWork<Pledge> Requested(string donorId, string pledgeId, Func<PledgeRow, ChosenChange> choose, Func<PledgeRow, bool> took) => new RequestedWork(this, donorId, pledgeId, choose, took);

    public static PledgeRow Get(SqliteConnection connection, string donorId, string pledgeId) =>
        PledgeStore.Find(connection, pledgeId) is { } row && row.DonorId == donorId ? row : throw RpcErrors.NotFound(PledgeMapping.Name(donorId, pledgeId));

    /// <summary>
    /// Writes the operation of a change. A newer change waits for the older ones (finish those first), so that a put-off one cannot
    /// overtake it later; the same one may be joined.
    /// </summary>
    public string Begin(SqliteConnection connection, string pledgeId, ChosenChange chosen, bool mayJoin)
    {
        var arguments = JsonSerializer.Serialize(chosen.Arguments, chosen.Arguments.GetType());
        if (mayJoin && StripeOperations.FindOpen(connection, pledgeId, chosen.Kind) is { } open && open.Arguments == arguments)
            return open.OperationId;
        if (StripeOperations.AnyOpen(connection, pledgeId))
            throw RpcErrors.ProcessorUnavailable();
        var operation = new StripeOperation(ids.New(), chosen.Kind, pledgeId, arguments, (long)OperationState.Pending, 0, time.NowMicros());
        StripeOperations.Insert(connection, operation);
        return operation.OperationId;
    }

    /// <summary>A first payment is finished before it is ended, and an end is an end.</summary>
    private static readonly string[] NotOvertaken = [CreatePledgeOperation.OperationKind, CheckoutOperation.OperationKind, AbandonOperation.OperationKind, CancelOperation.OperationKind];

    private Database Database => database;

    private StripeOperations Operations => operations;

    private sealed class RequestedWork(PledgeChanger changer, string donorId, string pledgeId, Func<PledgeRow, ChosenChange> choose, Func<PledgeRow, bool> took) : Idempotency.IWork<Pledge>
    {
        public async Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret)
        {
            changer.Database.Read(c => Get(c, donorId, pledgeId));
            await changer.Operations.FinishOpenAsync(pledgeId);
            return c => changer.Begin(c, pledgeId, choose(Get(c, donorId, pledgeId)), mayJoin: false);
        }

        public Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<Pledge> saver) => changer.Operations.RunAsync(subjectId, pledgeId, (c, _) =>
        {
            var pledge = Get(c, donorId, pledgeId);
            if (took(pledge))
                saver.Save(c, PledgeMapping.ToPledge(pledge));
            else
                saver.Save(c, RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "it moved on before this could change"));
        });
    }
}
