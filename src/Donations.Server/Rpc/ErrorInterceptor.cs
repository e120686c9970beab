using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Donations.Server.Rpc;

/// <summary>
/// Turns whatever a handler throws into the error table's answer, and writes the request log: the rpc's name, status
/// and duration, never a parameter. An unexpected exception is masked: the caller gets a reference, the log gets its
/// type and stack (an exception's message may quote data).
/// </summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> log, TimeProvider time, RandomSource random) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var started = time.GetTimestamp();
        try
        {
            var response = await continuation(request, context);
            Done(context, StatusCode.OK, started);
            return response;
        }
        catch (Exception e)
        {
            throw Translate(e, context, started);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var started = time.GetTimestamp();
        try
        {
            await continuation(request, responseStream, context);
            Done(context, StatusCode.OK, started);
        }
        catch (Exception e)
        {
            throw Translate(e, context, started);
        }
    }

    private RpcException Translate(Exception e, ServerCallContext context, long started)
    {
        var answer = e switch
        {
            RpcException rpc => rpc,
            WriteQueueFullException => RpcErrors.Overloaded(),
            OutcomeUnknownException => RpcErrors.ProcessorUnavailable(),
            OperationCanceledException when context.Deadline <= time.GetUtcNow().UtcDateTime => RpcErrors.Make(StatusCode.DeadlineExceeded, ErrorReason.DeadlineExceeded, "The deadline passed"),
            OperationCanceledException when context.CancellationToken.IsCancellationRequested => RpcErrors.Make(StatusCode.Cancelled, ErrorReason.CallCancelled, "The caller hung up"),
            _ => Mask(e, context),
        };
        Done(context, answer.StatusCode, started);
        return answer;
    }

    private RpcException Mask(Exception e, ServerCallContext context)
    {
        var reference = Convert.ToHexStringLower(random.Bytes(6));
        LogDefect(log, context.Method, reference, e.GetType().FullName ?? "", e.StackTrace ?? "");
        return RpcErrors.Internal(reference);
    }

    private void Done(ServerCallContext context, StatusCode status, long started)
    {
        if (log.IsEnabled(LogLevel.Information))
            LogCall(log, context.Method, status, (long)time.GetElapsedTime(started).TotalMicroseconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Status} in {Micros} µs")]
    private static partial void LogCall(ILogger log, string method, StatusCode status, long micros);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed, reference {Reference}: {Type}\n{Stack}")]
    private static partial void LogDefect(ILogger log, string method, string reference, string type, string stack);
}
