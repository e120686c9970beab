using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Donations.ContractTests.Wire;

/// <summary>Calls an rpc by its descriptor, in bytes: as a client built from anything could.</summary>
internal static class RawCalls
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(b => b, b => b);

    public static async Task<byte[]> CallAsync(this ChannelBase channel, string service, string name, byte[] request, CallOptions options = default)
    {
        var method = new Method<byte[], byte[]>(MethodType.Unary, service, name, Bytes, Bytes);
        return await channel.CreateCallInvoker().AsyncUnaryCall(method, null, options, request);
    }

    /// <summary>The error of a call, or null where it succeeded. A server stream is read to its end.</summary>
    public static async Task<RpcException?> ErrorAsync(this ChannelBase channel, MethodDescriptor method, IMessage request, CallOptions options = default)
    {
        try
        {
            if (!method.IsServerStreaming)
            {
                await channel.CallAsync(method.Service.FullName, method.Name, request.ToByteArray(), options);
                return null;
            }

            var stream = new Method<byte[], byte[]>(MethodType.ServerStreaming, method.Service.FullName, method.Name, Bytes, Bytes);
            using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(stream, null, options, request.ToByteArray());
            while (await call.ResponseStream.MoveNext(default))
                Assert.NotNull(call.ResponseStream.Current);
            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
    }
}
