using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Donations.Server.Rpc;

/// <summary>
/// Permission comes before validation, validation before existence (AIP-211): holds every call against its declared
/// policy, and a donor's call against the donor in the resource name.
/// </summary>
internal sealed class AccessInterceptor(CallerTokens tokens) : Interceptor
{
    private const string CallerKey = "caller";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (IsHealth(context))
            return continuation(request, context);
        var policy = Policy(context);
        // The hot, public path: no token, no work.
        if (policy.Anonymous && Authorization(context) is null)
            return continuation(request, context);
        return Checked();

        async Task<TResponse> Checked()
        {
            await AdmitAsync(policy, (IMessage)request, context);
            return await continuation(request, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (!IsHealth(context))
            await AdmitAsync(Policy(context), (IMessage)request, context);
        await continuation(request, responseStream, context);
    }

    /// <summary>Who makes this call.</summary>
    public static Caller Caller(ServerCallContext context) => context.UserState.TryGetValue(CallerKey, out var caller) ? (Caller)caller : Rpc.Caller.Anonymous;

    /// <summary>gRPC health has no policy of ours: probes and balancers ask it without a token.</summary>
    private static bool IsHealth(ServerCallContext context) => context.Method.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal);

    private static AccessAttribute Policy(ServerCallContext context) =>
        AccessTable.Policies.TryGetValue(context.Method, out var policy) ? policy : throw new InvalidOperationException("An rpc without a policy");

    private static string? Authorization(ServerCallContext context) => context.GetHttpContext().Request.Headers.Authorization is [var header, ..] ? header : null;

    private async Task AdmitAsync(AccessAttribute policy, IMessage request, ServerCallContext context)
    {
        var header = Authorization(context);
        var caller = policy.Anonymous && header is null ? Rpc.Caller.Anonymous : await tokens.IdentifyAsync(header);
        context.UserState[CallerKey] = caller;
        if (policy.Anonymous || caller.Has(policy.Roles))
            return;
        if (!policy.Donor || caller.DonorId is null || !IsOwn(request, caller.DonorId))
            throw RpcErrors.PermissionDenied();
    }

    /// <summary>
    /// Authority follows from the name alone. Requests whose resource name does not start with its donor (payments) are
    /// decided by their handler.
    /// </summary>
    private static bool IsOwn(IMessage request, string donorId)
    {
        var field = request.Descriptor.FindFieldByName("name") ?? request.Descriptor.FindFieldByName("parent");
        if (field?.Accessor.GetValue(request) is not string name || !name.StartsWith("donors/", StringComparison.Ordinal))
            return true;
        var rest = name.AsSpan("donors/".Length);
        var slash = rest.IndexOf('/');
        var donor = slash < 0 ? rest : rest[..slash];
        return donor.SequenceEqual(donorId) || donor.SequenceEqual("me");
    }
}
