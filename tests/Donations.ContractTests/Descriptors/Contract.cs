using Donations.Server.Rpc;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Descriptors;

/// <summary>The contract as compiled into the server: its files, messages, enums and rpcs.</summary>
internal static class Contract
{
    public const string Package = "donations.v1";

    public static IReadOnlyList<FileDescriptor> Files { get; } = [.. AccessTable.ContractFiles];

    public static IReadOnlyList<MessageDescriptor> Messages { get; } = [.. Files.SelectMany(f => f.MessageTypes).SelectMany(WithNested).OrderBy(m => m.FullName, StringComparer.Ordinal)];

    public static IReadOnlyList<EnumDescriptor> Enums { get; } =
        [.. Files.SelectMany(f => f.EnumTypes).Concat(Messages.SelectMany(m => m.EnumTypes)).OrderBy(e => e.FullName, StringComparer.Ordinal)];

    public static IReadOnlyList<MethodDescriptor> Methods { get; } =
        [.. Files.SelectMany(f => f.Services).SelectMany(s => s.Methods).OrderBy(m => m.FullName, StringComparer.Ordinal)];

    /// <summary>Rpcs that answer with one message.</summary>
    public static IEnumerable<MethodDescriptor> UnaryMethods => Methods.Where(m => !m.IsServerStreaming && !m.IsClientStreaming);

    public static MethodDescriptor Method(string name) => Methods.Single(m => m.FullName == name);

    /// <summary>`/donations.v1.PledgeService/GetPledge`.</summary>
    public static string Path(this MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";

    public static IReadOnlyList<FieldBehavior> Behaviors(this FieldDescriptor field) =>
        field.GetOptions()?.GetExtension(FieldBehaviorExtensions.FieldBehavior)?.ToList() ?? [];

    public static bool Is(this FieldDescriptor field, FieldBehavior behavior) => field.Behaviors().Contains(behavior);

    public static ResourceDescriptor? Resource(this MessageDescriptor message) => message.GetOptions()?.GetExtension(ResourceExtensions.Resource);

    public static bool IsMessage(this FieldDescriptor field, string fullName) => field.FieldType == FieldType.Message && field.MessageType.FullName == fullName;

    /// <summary>Messages that a client sends: the rpcs' requests and the donations.v1 messages inside them.</summary>
    public static IReadOnlyList<MessageDescriptor> RequestMessages { get; } = [.. Methods.Select(m => m.InputType).SelectMany(Closure).Distinct().OrderBy(m => m.FullName, StringComparer.Ordinal)];

    public static IMessage New(this MessageDescriptor message) => message.Parser.ParseFrom(ByteString.Empty);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) => [message, .. message.NestedTypes.SelectMany(WithNested)];

    private static IEnumerable<MessageDescriptor> Closure(MessageDescriptor message) =>
        [message, .. message.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message && f.MessageType.File.Package == Package).SelectMany(f => Closure(f.MessageType))];
}
