using System.Globalization;
using Donations.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Donations.Server.Rpc;

/// <summary>
/// The error table: every error that leaves the service is made here, with one ErrorInfo (reason, domain `donations`)
/// and the details that help (AIP-193). The gRPC code of each reason stands in error_reason.proto.
/// </summary>
internal static class RpcErrors
{
    public const string Domain = "donations";

    /// <summary>Errors travel in headers, of which many clients take 8 KiB: the first violations, and texts cut short, are what fits.</summary>
    private const int MaxViolations = 20;
    private const int MaxText = 120;
    private const int MaxMessage = 500;

    /// <summary>One or more wrong fields; <paramref name="violations"/> holds (path, what it must be).</summary>
    public static RpcException FieldInvalid(IEnumerable<(string Path, string Description)> violations)
    {
        var bad = new BadRequest();
        bad.FieldViolations.AddRange(violations.Take(MaxViolations).Select(v => new BadRequest.Types.FieldViolation { Field = v.Path, Description = Cut(v.Description, MaxText) }));
        var text = string.Join("; ", bad.FieldViolations.Select(v => $"{v.Field}: {v.Description}"));
        return Make(StatusCode.InvalidArgument, ErrorReason.FieldInvalid, text, [bad]);
    }

    public static RpcException FieldInvalid(string path, string description) => FieldInvalid([(path, description)]);

    public static RpcException PageTokenInvalid() =>
        Make(StatusCode.InvalidArgument, ErrorReason.PageTokenInvalid, "page_token is not one that this method gave for these arguments", [Violation("page_token", "must come from the answer before, with the other fields unchanged")]);

    public static RpcException RequestIdReused(string path = "request_id") =>
        Make(StatusCode.InvalidArgument, ErrorReason.RequestIdReused, $"This {path} was used with other content", [Violation(path, "was used with other content within the last 72 hours")]);

    public static RpcException TokenMissing() => Make(StatusCode.Unauthenticated, ErrorReason.TokenMissing, "A bearer token is needed");

    public static RpcException TokenInvalid(string what = "The bearer token is not valid here") =>
        Make(StatusCode.Unauthenticated, ErrorReason.TokenInvalid, what);

    public static RpcException PermissionDenied() => Make(StatusCode.PermissionDenied, ErrorReason.PermissionDenied, "The caller may not do this");

    public static RpcException NotFound(string resource) =>
        Make(StatusCode.NotFound, ErrorReason.ResourceNotFound, $"{resource} does not exist", [], ("resource", resource));

    public static RpcException Exists(string resource) =>
        Make(StatusCode.AlreadyExists, ErrorReason.ResourceExists, $"{resource} exists already", [], ("resource", resource));

    public static RpcException EtagMismatch(string resource) =>
        Make(StatusCode.Aborted, ErrorReason.EtagMismatch, $"{resource} has changed since it was read", [], ("resource", resource));

    public static RpcException StateInvalid(string resource, string state, string what) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.StateInvalid, $"{resource} is {state}: {what}", [Precondition("STATE", resource, what)], ("resource", resource), ("state", state));

    public static RpcException CampaignNotActive(string campaign) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.CampaignNotActive, $"{campaign} takes no pledges now", [], ("resource", campaign));

    public static RpcException CampaignIncomplete(string campaign, IEnumerable<(string Subject, string Description)> missing)
    {
        var failure = new PreconditionFailure();
        failure.Violations.AddRange(missing.Take(MaxViolations).Select(m => new PreconditionFailure.Types.Violation { Type = "CAMPAIGN", Subject = m.Subject, Description = Cut(m.Description, MaxText) }));
        var text = string.Join("; ", failure.Violations.Select(v => $"{v.Subject}: {v.Description}"));
        return Make(StatusCode.FailedPrecondition, ErrorReason.CampaignIncomplete, $"{campaign} is not complete: {text}", [failure], ("resource", campaign));
    }

    public static RpcException PeriodNotReady(string period, IReadOnlyList<string> obstacles)
    {
        var failure = new PreconditionFailure();
        failure.Violations.AddRange(obstacles.Take(MaxViolations).Select(o => new PreconditionFailure.Types.Violation { Type = "PERIOD", Subject = period, Description = Cut(o, MaxText) }));
        return Make(StatusCode.FailedPrecondition, ErrorReason.PeriodNotReady, $"{period} cannot be closed yet: {string.Join("; ", obstacles)}", [failure], ("resource", period));
    }

    public static RpcException SecondPersonNeeded(string resource) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.SecondPersonNeeded, $"{resource} needs a second person: whoever asked cannot approve", [], ("resource", resource));

    public static RpcException ReminderRefused() =>
        Make(StatusCode.FailedPrecondition, ErrorReason.ReminderRefused, "No reminder is sent by mail here; remind the reader on the device");

    public static RpcException PriceChanged(string tier, string price) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.PriceChanged, $"The price of {tier} is {price}", [], ("resource", tier), ("price", price));

    public static RpcException RefundTooLarge(string payment, long refundableMinor) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.RefundTooLarge, $"{payment} has less left to refund", [], ("resource", payment), ("refundable_minor", refundableMinor.ToString(CultureInfo.InvariantCulture)));

    public static RpcException CardDeclined(string plainReason, string locale) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.CardDeclined, $"The card was declined: {plainReason}", [DonorTexts.Declined(plainReason, locale)], ("decline", plainReason));

    public static RpcException PaymentMethodRefused(string locale) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.PaymentMethodRefused, "This payment method cannot be used here", [DonorTexts.Refused(locale)]);

    public static RpcException PaymentRequestRefused(string code) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.PaymentRequestRefused, $"The payment processor refused the request: {code}", [], ("code", code));

    public static RpcException AlreadyPledged() =>
        Make(StatusCode.FailedPrecondition, ErrorReason.AlreadyPledged, "The same card pledged to this campaign minutes ago; set allow_duplicate if a second pledge is meant");

    public static RpcException EvidenceClosed(string dispute) =>
        Make(StatusCode.FailedPrecondition, ErrorReason.EvidenceClosed, $"{dispute} takes no evidence any more", [], ("resource", dispute));

    public static RpcException IntentFirstDisabled() =>
        Make(StatusCode.FailedPrecondition, ErrorReason.IntentFirstDisabled, "A confirmation_token or payment_method is needed here");

    public static RpcException ProcessorUnavailable() =>
        Make(StatusCode.Unavailable, ErrorReason.PaymentProcessorUnavailable, "The payment processor did not answer; call again with the same request_id", [Retry(2)]);

    public static RpcException LedgerHalted() =>
        Make(StatusCode.Unavailable, ErrorReason.LedgerHalted, "The books are being checked; no money is taken or given back meanwhile", [Retry(60)]);

    public static RpcException Overloaded() =>
        Make(StatusCode.Unavailable, ErrorReason.Overloaded, "Too much is waiting to be written", [Retry(1)]);

    public static RpcException Internal(string reference) =>
        Make(StatusCode.Internal, ErrorReason.Internal, $"Internal error {reference}", [], ("reference", reference));

    public static RpcException Make(StatusCode code, ErrorReason reason, string message, IEnumerable<IMessage>? details = null, params ReadOnlySpan<(string Key, string Value)> metadata)
    {
        var info = new ErrorInfo { Reason = ReasonName(reason), Domain = Domain };
        foreach (var (key, value) in metadata)
            info.Metadata[key] = value;
        var status = new RpcStatus { Code = (int)code, Message = Cut(message, MaxMessage), Details = { Any.Pack(info) } };
        status.Details.AddRange((details ?? []).Select(Any.Pack));
        return status.ToRpcException();
    }

    /// <summary>The reason's name on the wire: the enum value without its prefix, as AIP-193 writes reasons.</summary>
    public static string ReasonName(ErrorReason reason)
    {
        var value = ErrorReasonReflection.Descriptor.EnumTypes.Single(e => e.Name == nameof(ErrorReason)).FindValueByNumber((int)reason);
        return value.Name["ERROR_REASON_".Length..];
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");

    private static RetryInfo Retry(int seconds) => new() { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)) };

    private static BadRequest Violation(string path, string description) =>
        new() { FieldViolations = { new BadRequest.Types.FieldViolation { Field = path, Description = description } } };

    private static PreconditionFailure Precondition(string type, string subject, string description) =>
        new() { Violations = { new PreconditionFailure.Types.Violation { Type = type, Subject = subject, Description = description } } };
}
