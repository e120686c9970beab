using System.Globalization;
using System.Text;
using Google.Api;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Descriptors;

/// <summary>The contract in lines that a reviewer can read.</summary>
internal static class DescriptorText
{
    public static string Render()
    {
        var text = new StringBuilder("# donations.v1: message, field, number, type and presence; enums; rpcs. Made by scripts/baseline.\n");
        foreach (var message in Contract.Messages)
            Render(message, text);
        foreach (var type in Contract.Enums)
        {
            Line(text, $"\nenum {type.FullName}");
            foreach (var value in type.Values)
                Line(text, $"  {value.Number} {value.Name}");
        }

        foreach (var service in Contract.Files.SelectMany(f => f.Services).OrderBy(s => s.FullName, StringComparer.Ordinal))
        {
            Line(text, $"\nservice {service.FullName}");
            foreach (var method in service.Methods)
                Line(text, $"  {method.Name}({method.InputType.FullName}) -> {(method.IsServerStreaming ? "stream " : "")}{method.OutputType.FullName} {Idempotency(method)} [{Http(method)}]");
        }

        return text.ToString();
    }

    public static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var type => type.ToString().ToLowerInvariant(),
    };

    public static string Idempotency(MethodDescriptor method) => (method.GetOptions()?.IdempotencyLevel ?? MethodOptions.Types.IdempotencyLevel.IdempotencyUnknown).ToString();

    /// <summary>Verb, path and body of the rpc's HTTP rule.</summary>
    public static string Http(MethodDescriptor method)
    {
        if (method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is not { } rule)
            return "none";
        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => ("GET", rule.Get),
            HttpRule.PatternOneofCase.Post => ("POST", rule.Post),
            HttpRule.PatternOneofCase.Patch => ("PATCH", rule.Patch),
            HttpRule.PatternOneofCase.Delete => ("DELETE", rule.Delete),
            HttpRule.PatternOneofCase.Put => ("PUT", rule.Put),
            _ => (rule.PatternCase.ToString(), ""),
        };
        return $"{verb} {path}{(rule.Body.Length > 0 ? " body=" + rule.Body : "")}";
    }

    private static void Render(MessageDescriptor message, StringBuilder text)
    {
        Line(text, $"\nmessage {message.FullName}{(message.Resource() is { } resource ? $" ({resource.Type} {string.Join(' ', resource.Pattern)})" : "")}");
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            var presence = field.IsRepeated ? "repeated" : field.HasPresence ? "explicit" : "implicit";
            var oneof = field.RealContainingOneof is { } group ? $" oneof={group.Name}" : "";
            var behaviors = field.Behaviors() is { Count: > 0 } list ? " " + string.Join(',', list.Select(b => b.ToString())) : "";
            Line(text, $"  {field.FieldNumber} {field.Name} {TypeOf(field)} {presence}{oneof}{behaviors}");
        }
    }

    private static void Line(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
