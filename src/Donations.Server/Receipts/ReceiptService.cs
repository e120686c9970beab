using System.Globalization;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Receipts;

internal sealed class ReceiptService(Database database, Idempotency idempotency, ReceiptIssuer issuer, PageTokens pageTokens) : V1.ReceiptService.ReceiptServiceBase
{
    private const Roles Staff = Roles.Support | Roles.Finance;
    private const int DefaultPage = 50;
    private const int MaxPage = 1000;
    private const int MaxLocale = 35;
    private const int MaxReason = 200;

    [Access(Staff, Donor = true)]
    public override async Task<Receipt> IssueReceipt(IssueReceiptRequest request, ServerCallContext context)
    {
        var subject = Own(ReceiptSubject.ParseReceipt(request.Name), context);
        CheckLocale(request.Locale);
        return Receipt.Parser.ParseFrom(await issuer.IssueAsync(subject, request.Locale, AccessInterceptor.Caller(context), context.CancellationToken));
    }

    [Access(Staff, Donor = true)]
    public override Task<Receipt> GetReceipt(GetReceiptRequest request, ServerCallContext context)
    {
        var subject = Own(ReceiptSubject.ParseReceipt(request.Name), context);
        CheckLocale(request.Locale);
        CheckVersion(request.Version);
        return Task.FromResult(Receipt.Parser.ParseFrom(issuer.Get(subject, request.Version, request.Locale, context.CancellationToken)));
    }

    [Access(Staff)]
    public override Task<Receipt> ReissueReceipt(ReissueReceiptRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var subject = ReceiptSubject.ParseReceipt(request.Name);
        CheckLocale(request.Locale);
        CheckReason(request.Reason);
        return idempotency.RunAsync(request, request.RequestId, caller, new ReissueWork<Receipt>(database, issuer, subject, request.Reason, request.Locale, caller, Receipt.Parser));
    }

    [Access(Staff, Donor = true)]
    public override async Task<AnnualStatement> IssueAnnualStatement(IssueAnnualStatementRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var subject = ReceiptSubject.ParseStatement(request.Name, caller);
        CheckLocale(request.Locale);
        return AnnualStatement.Parser.ParseFrom(await issuer.IssueAsync(subject, request.Locale, caller, context.CancellationToken));
    }

    [Access(Staff, Donor = true)]
    public override Task<AnnualStatement> GetAnnualStatement(GetAnnualStatementRequest request, ServerCallContext context)
    {
        var subject = ReceiptSubject.ParseStatement(request.Name, AccessInterceptor.Caller(context));
        CheckLocale(request.Locale);
        CheckVersion(request.Version);
        return Task.FromResult(AnnualStatement.Parser.ParseFrom(issuer.Get(subject, request.Version, request.Locale, context.CancellationToken)));
    }

    [Access(Staff)]
    public override Task<AnnualStatement> ReissueAnnualStatement(ReissueAnnualStatementRequest request, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        var subject = ReceiptSubject.ParseStatement(request.Name, caller);
        CheckLocale(request.Locale);
        CheckReason(request.Reason);
        return idempotency.RunAsync(request, request.RequestId, caller, new ReissueWork<AnnualStatement>(database, issuer, subject, request.Reason, request.Locale, caller, AnnualStatement.Parser));
    }

    [Access(Staff)]
    public override Task<ListReceiptVersionsResponse> ListReceiptVersions(ListReceiptVersionsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var number = request.Number.Length == 0 ? null : ReceiptSubject.TryParseNumber(request.Number);
        violations.Require(request.Number.Length == 0 || number is not null, "number", "must look like R-2026-000123");
        var subject = request.Document.Length == 0 ? null : ReceiptSubject.TryParse(request.Document);
        violations.Require(request.Document.Length == 0 || subject is not null, "document", "must name a receipt or an annual statement");
        violations.ThrowIfAny();
        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var before = pageTokens.Read(request, request.PageToken) is { } cursor ? long.Parse(cursor, CultureInfo.InvariantCulture) : long.MaxValue;
        var response = new ListReceiptVersionsResponse();
        database.Read(
            c =>
            {
                var rows = ReceiptStore.List(c, number, subject, before, size + 1);
                response.ReceiptVersions.AddRange(rows.Take(size).Select(r => ReceiptMapping.ToVersion(r, ReceiptStore.Digests(c, r.EntryId))));
                if (rows.Count > size)
                    response.NextPageToken = pageTokens.Make(request, rows[size - 1].EntryId.ToString(CultureInfo.InvariantCulture));
                return rows.Count;
            },
            context.CancellationToken);
        return Task.FromResult(response);
    }

    /// <summary>A payment's name does not say whose it is. A donor hears the same of one that is not theirs and of one that does not exist.</summary>
    private ReceiptSubject Own(ReceiptSubject subject, ServerCallContext context)
    {
        var caller = AccessInterceptor.Caller(context);
        if (caller.DonorId is not null && database.Read(c => PaymentStore.Find(c, subject.PaymentId!), context.CancellationToken)?.DonorId != caller.DonorId)
            throw RpcErrors.PermissionDenied();
        return subject;
    }

    private static void CheckLocale(string locale)
    {
        if (locale.Length > MaxLocale)
            throw RpcErrors.FieldInvalid("locale", $"must have at most {MaxLocale} characters");
    }

    private static void CheckVersion(int version)
    {
        if (version < 0)
            throw RpcErrors.FieldInvalid("version", "must not be negative");
    }

    private static void CheckReason(string reason)
    {
        if (reason.Length > MaxReason || string.IsNullOrWhiteSpace(reason) || reason.Any(char.IsControl))
            throw RpcErrors.FieldInvalid("reason", $"must be one line of 1 to {MaxReason} characters");
    }

    private sealed class ReissueWork<T>(Database database, ReceiptIssuer issuer, ReceiptSubject subject, string reason, string locale, Caller caller, MessageParser<T> parser) : Idempotency.IWork<T>
        where T : IMessage<T>
    {
        public Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret)
        {
            var reissue = issuer.Reissue(subject, reason, caller);
            return Task.FromResult<Func<SqliteConnection, string>>(c => reissue(c).ToString(CultureInfo.InvariantCulture));
        }

        /// <summary>The subject's id is the version that was made.</summary>
        public Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<T> saver) => database.WriteAsync(c =>
            saver.Save(c, parser.ParseFrom(ReceiptIssuer.Find(c, subject, int.Parse(subjectId, CultureInfo.InvariantCulture), locale))));
    }
}
