using System.Collections;
using Donations.ContractTests.Descriptors;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Donations.ContractTests.Wire;

/// <summary>
/// Messages with every field set, made from descriptors alone and the same each time. A oneof holds one member at a time, so a
/// message gets one sample for each member.
/// </summary>
internal static class Samples
{
    /// <summary>Repeated fields get two elements, so that their order shows.</summary>
    private const int Elements = 2;

    public static IEnumerable<(string Key, IMessage Message)> All() =>
        from message in Contract.Messages
        from variant in Enumerable.Range(0, Variants(message))
        select ($"{message.FullName}/{variant}", Fill(message, variant));

    /// <summary>How many samples show every member of every oneof.</summary>
    public static int Variants(MessageDescriptor message) => message.RealOneofCount == 0 ? 1 : message.Oneofs.Take(message.RealOneofCount).Max(o => o.Fields.Count);

    public static IMessage Fill(MessageDescriptor message, int variant)
    {
        var result = message.New();
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            if (field.RealContainingOneof is { } oneof && oneof.Fields[variant % oneof.Fields.Count] != field)
                continue;
            if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(result);
                for (var i = 0; i < Elements; i++)
                    list.Add(Value(field, variant + i));
            }
            else
            {
                field.Accessor.SetValue(result, Value(field, variant));
            }
        }

        return result;
    }

    private static object Value(FieldDescriptor field, int variant)
    {
        var seed = (field.FieldNumber * 10) + variant;
        return field.FieldType switch
        {
            FieldType.String => field.ContainingType.FullName == FieldMask.Descriptor.FullName ? $"display_name{seed}" : $"{field.Name} {seed} ≥ ü",
            FieldType.Bool => true,
            FieldType.Int32 => seed,
            // Above 2^53: a client that counts in doubles loses the last digit.
            FieldType.Int64 => field.ContainingType.File.Package == "google.protobuf" ? seed : 9_007_199_254_740_993 + seed,
            FieldType.Bytes => ByteString.CopyFrom(0, 255, (byte)seed),
            FieldType.Enum => field.EnumType.Values[1 + (seed % (field.EnumType.Values.Count - 1))].Number,
            FieldType.Message => Fill(field.MessageType, variant),
            var type => throw new NotSupportedException($"{field.FullName} is a {type}: the contract has none of these"),
        };
    }
}
