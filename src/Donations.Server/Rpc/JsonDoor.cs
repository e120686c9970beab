using System.Text.Json.Nodes;
using Donations.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Donations.Server.Rpc;

/// <summary>
/// The limits of gRPC for JSON too (transcoding has none of its own): message size, deadline, and an ErrorInfo in every error, also
/// in those that the framework makes of a body it cannot read.
/// </summary>
internal static class JsonDoor
{
    private const string Prefix = "/v1";
    private const string Export = "/v1/reports:export";

    public static IApplicationBuilder UseJsonDoor(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (!context.Request.Path.StartsWithSegments(Prefix, StringComparison.Ordinal) || context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            await next(context);
            return;
        }

        var export = context.Request.Path.Equals(Export, StringComparison.Ordinal);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        deadline.CancelAfter(export ? Deadlines.LongCap : Deadlines.Cap);
        context.RequestAborted = deadline.Token;
        if (context.Request.ContentLength > RpcModule.MaxMessageBytes)
        {
            await WriteAsync(context, StatusCodes.Status413PayloadTooLarge, StatusCode.ResourceExhausted, ErrorReason.MessageTooLarge, $"The message is larger than {RpcModule.MaxMessageBytes} bytes");
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = RpcModule.MaxMessageBytes;
        if (export)
            await next(context);
        else
            await CompleteErrorsAsync(context, next);
    });

    /// <summary>Holds the answer back until it is known whether it is an error that lacks its ErrorInfo.</summary>
    private static async Task CompleteErrorsAsync(HttpContext context, RequestDelegate next)
    {
        var body = context.Response.Body;
        using var held = new MemoryStream();
        context.Response.Body = held;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = body;
        }

        held.Position = 0;
        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest && !HasDetails(held))
        {
            var (code, reason, message) = Known(context.Response.StatusCode);
            await WriteAsync(context, context.Response.StatusCode, code, reason, message);
            return;
        }

        held.Position = 0;
        await held.CopyToAsync(body, context.RequestAborted);
    }

    private static bool HasDetails(MemoryStream held)
    {
        try
        {
            return held.Length > 0 && JsonNode.Parse(held)?["details"] is JsonArray { Count: > 0 };
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    // The framework's own text may quote what was sent, or its exception: it is not passed on.
    private static (StatusCode Code, ErrorReason Reason, string Message) Known(int status) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed or StatusCodes.Status501NotImplemented => (StatusCode.Unimplemented, ErrorReason.MethodUnknown, "No such method"),
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => (StatusCode.ResourceExhausted, ErrorReason.MessageTooLarge, $"The message is larger than {RpcModule.MaxMessageBytes} bytes"),
        < StatusCodes.Status500InternalServerError => (StatusCode.InvalidArgument, ErrorReason.FieldInvalid, "The request is not JSON of this method's message"),
        StatusCodes.Status504GatewayTimeout => (StatusCode.DeadlineExceeded, ErrorReason.DeadlineExceeded, "The deadline passed"),
        _ => (StatusCode.Internal, ErrorReason.Internal, "Internal error"),
    };

    private static async Task WriteAsync(HttpContext context, int status, StatusCode code, ErrorReason reason, string message)
    {
        var info = new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo", ["reason"] = RpcErrors.ReasonName(reason), ["domain"] = RpcErrors.Domain };
        var details = new JsonArray(info);
        if (reason == ErrorReason.FieldInvalid)
            details.Add(new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.BadRequest", ["fieldViolations"] = new JsonArray(new JsonObject { ["field"] = "", ["description"] = message }) });
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = null;
        await context.Response.WriteAsync(new JsonObject { ["code"] = (int)code, ["message"] = message, ["details"] = details }.ToJsonString());
    }
}
