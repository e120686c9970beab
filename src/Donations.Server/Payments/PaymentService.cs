using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

internal sealed class PaymentService(Database database, Idempotency idempotency, Refunds refunds, Disputes disputes, StripeOperations operations, LedgerGuard ledger, PageTokens pageTokens) : V1.PaymentService.PaymentServiceBase
{
    private const Roles Staff = Roles.Finance | Roles.Support;
    private const Roles StaffReaders = Staff | Roles.Auditor;
    private const int DefaultPage = 50;
    private const int MaxPage = 1000;

    /// <summary>Stripe's limit for a text of evidence.</summary>
    private const int MaxEvidence = 20_000;

    [Access(StaffReaders, Donor = true)]
    public override Task<Payment> GetPayment(GetPaymentRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.PaymentPrefix + "{id}");
        var caller = AccessInterceptor.Caller(context);
        var row = database.Read(c => PaymentStore.Find(c, id), context.CancellationToken);
        // A donor hears the same of a payment that is not theirs and of one that does not exist.
        if (caller.DonorId is not null && row?.DonorId != caller.DonorId)
            throw RpcErrors.PermissionDenied();
        return Task.FromResult(PaymentMapping.ToPayment(row ?? throw RpcErrors.NotFound(request.Name), caller.Has(StaffReaders)));
    }

    [Access(StaffReaders, Donor = true)]
    public override Task<ListPaymentsResponse> ListPayments(ListPaymentsRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        string? pledgeId = null;
        if (request.Pledge.Length > 0)
        {
            if (request.Pledge.Split('/') is not ["donors", var donor, "pledges", var pledge] || !Ids.IsId(pledge))
                throw RpcErrors.FieldInvalid("pledge", "must look like donors/{donor}/pledges/{pledge}");
            if (caller.DonorId is not null && donor != caller.DonorId && donor != "me")
                throw RpcErrors.PermissionDenied();
            pledgeId = pledge;
        }
        else if (caller.DonorId is not null)
        {
            throw RpcErrors.FieldInvalid("pledge", "is required for donors");
        }

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => PaymentStore.List(c, pledgeId, before, size + 1), context.CancellationToken);
        if (caller.DonorId is not null)
            rows.RemoveAll(r => r.DonorId != caller.DonorId);
        var response = new ListPaymentsResponse();
        response.Payments.AddRange(rows.Take(size).Select(r => PaymentMapping.ToPayment(r, caller.Has(StaffReaders))));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].PaymentId);
        return Task.FromResult(response);
    }

    [Access(Staff)]
    public override Task<Refund> RefundPayment(RefundPaymentRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.PaymentPrefix + "{id}");
        MinorAmount? asked = null;
        if (request.Amount is { } wire)
        {
            if (!MinorAmount.TryFromWire(wire, out var amount, out var error))
                throw RpcErrors.FieldInvalid("amount", error);
            if (amount.Minor <= 0)
                throw RpcErrors.FieldInvalid("amount", "must be more than zero");
            asked = amount;
        }

        if (!System.Enum.IsDefined(request.Reason))
            throw RpcErrors.FieldInvalid("reason", "is not a known reason");
        ledger.RefuseIfHalted();
        return idempotency.RunAsync(request, request.RequestId, AccessInterceptor.Caller(context), new RefundWork(refunds, operations, id, asked, request.Reason, AccessInterceptor.Caller(context).Subject));
    }

    [Access(StaffReaders)]
    public override Task<Refund> GetRefund(GetRefundRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.RefundPrefix + "{id}");
        var row = database.Read(c => PaymentStore.FindRefund(c, id), context.CancellationToken);
        return Task.FromResult(PaymentMapping.ToRefund(row ?? throw RpcErrors.NotFound(request.Name)));
    }

    [Access(StaffReaders)]
    public override Task<ListRefundsResponse> ListRefunds(ListRefundsRequest request, ServerCallContext context)
    {
        var paymentId = request.Payment.Length == 0 ? null : ResourceIds.Parse(request.Payment, PaymentMapping.PaymentPrefix + "{id}", "payment");
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => PaymentStore.ListRefunds(c, paymentId, request.State, before, size + 1), context.CancellationToken);
        var response = new ListRefundsResponse();
        response.Refunds.AddRange(rows.Take(size).Select(PaymentMapping.ToRefund));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].RefundId);
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override async Task<Refund> ApproveRefund(ApproveRefundRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.RefundPrefix + "{id}");
        ledger.RefuseIfHalted();
        await database.WriteAsync(c => refunds.Approve(c, id, AccessInterceptor.Caller(context).Subject));
        try
        {
            await operations.RunAsync(id, id);
        }
        catch (OutcomeUnknownException)
        {
            // It is approved, and PENDING: the worker goes on.
        }

        return PaymentMapping.ToRefund(database.Read(c => PaymentStore.FindRefund(c, id), context.CancellationToken)!);
    }

    [Access(Staff)]
    public override async Task<Refund> RejectRefund(RejectRefundRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.RefundPrefix + "{id}");
        return PaymentMapping.ToRefund(await database.WriteAsync(c => refunds.Reject(c, id, AccessInterceptor.Caller(context).Subject)));
    }

    [Access(StaffReaders)]
    public override Task<Dispute> GetDispute(GetDisputeRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.DisputePrefix + "{id}");
        var row = database.Read(c => Disputes.Find(c, id), context.CancellationToken);
        return Task.FromResult(PaymentMapping.ToDispute(row ?? throw RpcErrors.NotFound(request.Name)));
    }

    [Access(StaffReaders)]
    public override Task<ListDisputesResponse> ListDisputes(ListDisputesRequest request, ServerCallContext context)
    {
        var paymentId = request.Payment.Length == 0 ? null : ResourceIds.Parse(request.Payment, PaymentMapping.PaymentPrefix + "{id}", "payment");
        if (!System.Enum.IsDefined(request.State))
            throw RpcErrors.FieldInvalid("state", "is not a known state");
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) ?? "~";
        var rows = database.Read(c => Disputes.List(c, paymentId, request.State, before, size + 1), context.CancellationToken);
        var response = new ListDisputesResponse();
        response.Disputes.AddRange(rows.Take(size).Select(PaymentMapping.ToDispute));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].DisputeId);
        return Task.FromResult(response);
    }

    [Access(Staff)]
    public override Task<Dispute> SubmitDisputeEvidence(SubmitDisputeEvidenceRequest request, ServerCallContext context)
    {
        var id = ResourceIds.Parse(request.Name, PaymentMapping.DisputePrefix + "{id}");
        if (request.Text.Length > MaxEvidence)
            throw RpcErrors.FieldInvalid("text", $"must have at most {MaxEvidence} characters");
        return idempotency.RunAsync(request, request.RequestId, AccessInterceptor.Caller(context), new EvidenceWork(disputes, operations, id, request.Text));
    }

    private sealed class EvidenceWork(Disputes disputes, StripeOperations operations, string disputeId, string text) : Idempotency.IWork<Dispute>
    {
        public Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret) => Task.FromResult(disputes.Intent(disputeId, text));

        public Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<Dispute> saver) => operations.RunAsync(subjectId, disputeId, (c, outcome) =>
        {
            if (outcome?.Refusal is not null)
                saver.Save(c, RpcErrors.EvidenceClosed(PaymentMapping.DisputePrefix + disputeId));
            else
                saver.Save(c, PaymentMapping.ToDispute(Disputes.Find(c, disputeId)!));
        });
    }

    private sealed class RefundWork(Refunds refunds, StripeOperations operations, string paymentId, MinorAmount? asked, Refund.Types.Reason reason, string by) : Idempotency.IWork<Refund>
    {
        public Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret) => Task.FromResult(refunds.Intent(paymentId, asked, reason, by));

        public async Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<Refund> saver)
        {
            // One that waits for a second person has no operation yet: then this only answers.
            await operations.RunAsync(subjectId, subjectId, (c, _) => saver.Save(c, PaymentMapping.ToRefund(PaymentStore.FindRefund(c, subjectId)!)));
        }
    }
}
