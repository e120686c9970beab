using System.Collections.Concurrent;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Donations.Server.Rpc;

/// <summary>Enforces `field_behavior = REQUIRED` from the descriptors, in nested messages that are set too (AIP-203).</summary>
internal sealed class RequiredFieldsInterceptor : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        RequiredFields.Check((IMessage)request);
        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        RequiredFields.Check((IMessage)request);
        return continuation(request, responseStream, context);
    }
}

internal static class RequiredFields
{
    private sealed record Rules(FieldDescriptor[] Required, FieldDescriptor[] Nested, bool HasMask);

    private static readonly ConcurrentDictionary<MessageDescriptor, Rules> Cache = new();

    public static void Check(IMessage request)
    {
        // The usual case costs a look-up and no allocation.
        List<string>? missing = null;
        Collect(request, "", ref missing);
        if (missing is not null)
            throw RpcErrors.FieldInvalid(missing.Select(path => (path, "is required")));
    }

    /// <param name="message">The message to look at.</param>
    /// <param name="prefix">Path of the message, with its dot.</param>
    /// <param name="missing">What was found so far.</param>
    /// <param name="isPartial">The resource of an update: what it leaves out keeps its value, and the handler checks the result (AIP-134).</param>
    private static void Collect(IMessage message, string prefix, ref List<string>? missing, bool isPartial = false)
    {
        var rules = Cache.GetOrAdd(message.Descriptor, Find);
        foreach (var field in rules.Required)
        {
            if (!isPartial && !IsSet(field, message))
                (missing ??= []).Add(prefix + field.Name);
        }

        foreach (var field in rules.Nested)
        {
            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (var i = 0; i < list.Count; i++)
                    Collect((IMessage)list[i]!, $"{prefix}{field.Name}[{i}].", ref missing);
            }
            else if (field.Accessor.GetValue(message) is IMessage nested)
            {
                Collect(nested, $"{prefix}{field.Name}.", ref missing, rules.HasMask);
            }
        }
    }

    private static bool IsSet(FieldDescriptor field, IMessage message)
    {
        var value = field.Accessor.GetValue(message);
        return value switch
        {
            null => false,
            string s => s.Length > 0,
            System.Collections.ICollection c => c.Count > 0,
            Enum e => Convert.ToInt32(e, System.Globalization.CultureInfo.InvariantCulture) != 0,
            IMessage => true,
            _ => field.HasPresence ? field.Accessor.HasValue(message) : !Equals(value, Activator.CreateInstance(value.GetType())),
        };
    }

    private static Rules Find(MessageDescriptor descriptor)
    {
        var fields = descriptor.Fields.InDeclarationOrder();
        var required = fields.Where(f => Has(f, FieldBehavior.Required)).ToArray();
        var nested = fields.Where(f => f.FieldType == FieldType.Message && !f.IsMap && f.MessageType.File.Package.StartsWith("donations.", StringComparison.Ordinal) && !Has(f, FieldBehavior.OutputOnly)).ToArray();
        return new(required, nested, descriptor.FindFieldByName("update_mask") is not null);
    }

    private static bool Has(FieldDescriptor field, FieldBehavior behavior) =>
        field.GetOptions()?.GetExtension(FieldBehaviorExtensions.FieldBehavior)?.Contains(behavior) ?? false;
}
