using Google.Rpc;
using Grpc.Core;

namespace Donations.Testing;

/// <summary>Reads the rich error that every failed call carries.</summary>
public static class Errors
{
    /// <summary>Runs a call that must fail and gives its error.</summary>
    public static async Task<RpcException> OfAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            await call();
        }
        catch (RpcException e)
        {
            return e;
        }

        throw new InvalidOperationException("The call succeeded, and should not have");
    }

    /// <summary>The reason of its one ErrorInfo.</summary>
    public static string Reason(this RpcException e) => e.Detail<ErrorInfo>().Reason;

    /// <summary>Field paths of its BadRequest, in order.</summary>
    public static List<string> Fields(this RpcException e) => [.. e.Detail<BadRequest>().FieldViolations.Select(v => v.Field)];

    /// <summary>Subjects and descriptions of its PreconditionFailure.</summary>
    public static List<(string Subject, string Description)> Missing(this RpcException e) =>
        [.. e.Detail<PreconditionFailure>().Violations.Select(v => (v.Subject, v.Description))];

    public static T Detail<T>(this RpcException e)
        where T : class, Google.Protobuf.IMessage<T>, new() =>
        e.GetRpcStatus()?.GetDetail<T>() ?? throw new InvalidOperationException($"No {typeof(T).Name} in {e.Status}");
}
