using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Mail;

internal sealed class MailService(MailPost post, MailOutbox outbox) : V1.MailService.MailServiceBase
{
    [Access(Roles.Mailer)]
    public override async Task<LeaseMailsResponse> LeaseMails(LeaseMailsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Require(request.MaxMailCount >= 0, "max_mail_count", "must not be negative");
        var max = request.MaxMailCount == 0 ? MailPost.DefaultCount : Math.Min(request.MaxMailCount, MailPost.MaxCount);
        var lease = MailPost.DefaultLease;
        if (request.LeaseDuration is { } asked)
        {
            // Held against whole seconds first: what the wire may hold is more than a TimeSpan can.
            var fits = asked.Seconds >= 0 && asked.Seconds <= (long)MailPost.MaxLease.TotalSeconds && asked.Nanos is >= 0 and < 1_000_000_000;
            lease = fits ? asked.ToTimeSpan() : TimeSpan.Zero;
            violations.Require(lease >= MailPost.MinLease && lease <= MailPost.MaxLease, "lease_duration", "must be from 10 seconds to 1 hour");
        }

        violations.ThrowIfAny();
        return new() { Mails = { await post.LeaseAsync(max, lease, context.CancellationToken) } };
    }

    [Access(Roles.Mailer)]
    public override async Task<V1.Mail> FinishMail(FinishMailRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var id = request.Name.StartsWith(MailMapping.Prefix, StringComparison.Ordinal) ? request.Name[MailMapping.Prefix.Length..] : "";
        violations.Require(Ids.IsId(id), "name", "must look like mails/{mail}");
        violations.Require(System.Enum.IsDefined(request.Outcome), "outcome", "is not a known outcome");
        violations.ThrowIfAny();
        var row = await outbox.FinishAsync(id, request.Outcome) ?? throw RpcErrors.NotFound(request.Name);
        return MailMapping.ToMail(row);
    }
}
