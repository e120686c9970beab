using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Descriptors;

/// <summary>
/// What a new contract takes from clients of an old one, one line each. As strict as buf's FILE rules where C#, Kotlin and
/// Swift clients would stop compiling: a renamed field is breaking, though its bytes are the same.
/// </summary>
internal static class BreakingChanges
{
    public static List<string> Find(IEnumerable<FileDescriptor> before, IEnumerable<FileDescriptor> after)
    {
        var found = new List<string>();
        var (old, now) = (Types.Of(before), Types.Of(after));
        Each(old.Messages, now.Messages, "message", found, (b, a) => Message(b, a, found));
        Each(old.Enums, now.Enums, "enum", found, (b, a) => Enum(b, a, found));
        Each(old.Services, now.Services, "service", found, (b, a) => Each(b.Methods.ToDictionary(m => m.Name), a.Methods.ToDictionary(m => m.Name), $"rpc {b.FullName}.", found, (m, n) => Method(m, n, found)));
        return found;
    }

    private static void Message(MessageDescriptor before, MessageDescriptor after, List<string> found)
    {
        Same(before.File.Name, after.File.Name, $"{before.FullName}: file", found);
        foreach (var field in before.Fields.InFieldNumberOrder())
        {
            if (after.FindFieldByNumber(field.FieldNumber) is { } now)
                Field(field, now, found);
            else
                found.Add($"field {field.FullName} ({field.FieldNumber}) is gone");
        }
    }

    private static void Field(FieldDescriptor before, FieldDescriptor after, List<string> found)
    {
        var what = $"field {before.FullName} ({before.FieldNumber})";
        Same(before.Name, after.Name, $"{what}: name", found);
        Same(before.JsonName, after.JsonName, $"{what}: JSON name", found);
        Same(DescriptorText.TypeOf(before), DescriptorText.TypeOf(after), $"{what}: type", found);
        Same(before.IsRepeated, after.IsRepeated, $"{what}: repeated", found);
        Same(before.HasPresence, after.HasPresence, $"{what}: presence", found);
        Same(before.RealContainingOneof?.Name, after.RealContainingOneof?.Name, $"{what}: oneof", found);
    }

    private static void Enum(EnumDescriptor before, EnumDescriptor after, List<string> found)
    {
        Same(before.File.Name, after.File.Name, $"{before.FullName}: file", found);
        foreach (var value in before.Values)
            Same(value.Name, after.FindValueByNumber(value.Number)?.Name, $"enum value {before.FullName}.{value.Name} = {value.Number}", found);
    }

    private static void Method(MethodDescriptor before, MethodDescriptor after, List<string> found)
    {
        var what = $"rpc {before.FullName}";
        Same(before.InputType.FullName, after.InputType.FullName, $"{what}: request", found);
        Same(before.OutputType.FullName, after.OutputType.FullName, $"{what}: response", found);
        Same(before.IsClientStreaming, after.IsClientStreaming, $"{what}: client streaming", found);
        Same(before.IsServerStreaming, after.IsServerStreaming, $"{what}: server streaming", found);
        Same(DescriptorText.Idempotency(before), DescriptorText.Idempotency(after), $"{what}: idempotency level", found);
        Same(DescriptorText.Http(before), DescriptorText.Http(after), $"{what}: HTTP rule", found);
    }

    private static void Each<T>(Dictionary<string, T> before, Dictionary<string, T> after, string what, List<string> found, Action<T, T> compare)
    {
        foreach (var (name, old) in before)
        {
            if (after.TryGetValue(name, out var now))
                compare(old, now);
            else
                found.Add($"{what} {name} is gone");
        }
    }

    private static void Same<T>(T before, T after, string what, List<string> found)
    {
        if (!Equals(before, after))
            found.Add($"{what}: was {before}, is {after}");
    }

    private sealed record Types(Dictionary<string, MessageDescriptor> Messages, Dictionary<string, EnumDescriptor> Enums, Dictionary<string, ServiceDescriptor> Services)
    {
        public static Types Of(IEnumerable<FileDescriptor> files)
        {
            var ours = files.Where(f => f.Package == Contract.Package).ToList();
            var messages = ours.SelectMany(f => f.MessageTypes).SelectMany(Nested).ToList();
            return new(
                messages.ToDictionary(m => m.FullName),
                ours.SelectMany(f => f.EnumTypes).Concat(messages.SelectMany(m => m.EnumTypes)).ToDictionary(e => e.FullName),
                ours.SelectMany(f => f.Services).ToDictionary(s => s.FullName));
        }

        private static IEnumerable<MessageDescriptor> Nested(MessageDescriptor message) => [message, .. message.NestedTypes.SelectMany(Nested)];
    }
}
