using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Rpc;

/// <summary>
/// Errors that gRPC itself makes before any interceptor runs (message too large, unknown method, deadline in the
/// framework) get their ErrorInfo here, so that there is no error without one.
/// </summary>
internal static class FrameworkErrors
{
    private const string DetailsTrailer = "grpc-status-details-bin";

    public static IApplicationBuilder UseFrameworkErrors(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
            return;
        // A "trailers-only" answer carries its status in the headers.
        if (context.Response.Headers.TryGetValue("grpc-status", out var early) && !context.Response.HasStarted)
            AddDetails(context.Response.Headers, early.ToString());
        else if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers)
            AddDetails(trailers, trailers["grpc-status"].ToString());
    });

    private static void AddDetails(IHeaderDictionary headers, string status)
    {
        if (status is "" or "0" || headers.ContainsKey(DetailsTrailer) || !int.TryParse(status, out var code))
            return;
        var reason = (StatusCode)code switch
        {
            StatusCode.ResourceExhausted => ErrorReason.MessageTooLarge,
            StatusCode.Unimplemented => ErrorReason.MethodUnknown,
            StatusCode.DeadlineExceeded => ErrorReason.DeadlineExceeded,
            StatusCode.Cancelled => ErrorReason.CallCancelled,
            _ => ErrorReason.Internal,
        };
        var message = Uri.UnescapeDataString(headers["grpc-message"].ToString());
        var details = RpcErrors.Make((StatusCode)code, reason, message).Trailers.GetValueBytes(DetailsTrailer)!;
        headers[DetailsTrailer] = Convert.ToBase64String(details).TrimEnd('=');
    }
}
