using System.Collections;
using Donations.ContractTests.Descriptors;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Errors;

/// <summary>Requests with one field at a time set to what no client should send.</summary>
internal static class Hostile
{
    private static readonly string[] Texts = ["", " ", "\0", "ü\u202E𝕏", "'; DROP TABLE pledges; --", "%00", "=1+1", new('x', 20_000), "-1", "donors/-", "donors/me", "donors/me/pledges/me", "*", "9999-99-99"];
    private static readonly long[] Numbers = [0, 1, -1, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 9_007_199_254_740_993, 253_402_300_800, -62_135_596_801];

    public static IEnumerable<(string What, IMessage Request)> Variants(Func<IMessage> make)
    {
        foreach (var path in Paths(make().Descriptor, []))
        {
            foreach (var value in Values(path[^1]))
            {
                var request = make();
                var at = request;
                foreach (var step in path[..^1])
                    at = Enter(at, step);
                Put(at, path[^1], value);
                var shown = value.ToString()!;
                yield return ($"{string.Join('.', path.Select(f => f.Name))} = {shown[..Math.Min(40, shown.Length)]}", request);
            }
        }
    }

    private static IEnumerable<FieldDescriptor[]> Paths(MessageDescriptor message, FieldDescriptor[] prefix)
    {
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            FieldDescriptor[] path = [.. prefix, field];
            if (field.FieldType != FieldType.Message)
                yield return path;
            else
            {
                foreach (var inner in Paths(field.MessageType, path))
                    yield return inner;
            }
        }
    }

    private static IEnumerable<object> Values(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => Texts,
        FieldType.Int32 => Numbers.Select(n => (object)unchecked((int)n)).Distinct(),
        FieldType.Int64 => Numbers.Select(n => (object)n),
        FieldType.Enum => [0, 1, 4711, -1],
        FieldType.Bool => [true, false],
        var type => throw new NotSupportedException($"{field.FullName}: {type}"),
    };

    private static IMessage Enter(IMessage message, FieldDescriptor field)
    {
        if (field.IsRepeated)
        {
            var list = (IList)field.Accessor.GetValue(message);
            if (list.Count == 0)
                list.Add(field.MessageType.New());
            return (IMessage)list[0]!;
        }

        if (field.Accessor.GetValue(message) is IMessage there)
            return there;
        field.Accessor.SetValue(message, field.MessageType.New());
        return (IMessage)field.Accessor.GetValue(message);
    }

    private static void Put(IMessage message, FieldDescriptor field, object value)
    {
        if (field.IsRepeated)
            ((IList)field.Accessor.GetValue(message)).Add(value);
        else
            field.Accessor.SetValue(message, value);
    }
}
