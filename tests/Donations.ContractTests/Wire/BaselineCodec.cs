using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Wire;

/// <summary>
/// What a client does that was built from other descriptors than the server's: writes and reads messages by field number and
/// type alone. Names are the proto's; 64-bit numbers are numbers; an unset field is absent. Numbers it does not know are skipped
/// and counted.
/// </summary>
internal static class BaselineCodec
{
    public static byte[] Encode(MessageDescriptor message, JsonObject value)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
        {
            foreach (var (name, node) in value)
            {
                var field = message.FindFieldByName(name) ?? throw new ArgumentException($"{message.FullName} has no {name}");
                foreach (var item in field.IsRepeated ? node!.AsArray().ToList() : [node])
                    WriteField(output, field, item!);
            }
        }

        return stream.ToArray();
    }

    public static JsonObject Decode(MessageDescriptor message, byte[] bytes, List<string>? unknown = null)
    {
        var result = new JsonObject();
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (message.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag)) is not { } field)
            {
                unknown?.Add($"{message.FullName}.{WireFormat.GetTagFieldNumber(tag)}");
                input.SkipLastField();
            }
            else if (!field.IsRepeated)
            {
                result[field.Name] = ReadValue(input, field, unknown);
            }
            else
            {
                var list = result[field.Name] as JsonArray ?? [];
                result[field.Name] = list;
                ReadRepeated(input, field, tag, list, unknown);
            }
        }

        return result;
    }

    private static void WriteField(CodedOutputStream output, FieldDescriptor field, JsonNode item)
    {
        switch (field.FieldType)
        {
            case FieldType.String:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
                output.WriteString((string)item!);
                break;
            case FieldType.Message:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(Encode(field.MessageType, item.AsObject())));
                break;
            case FieldType.Bool:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Varint);
                output.WriteBool((bool)item);
                break;
            case FieldType.Enum:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Varint);
                output.WriteEnum(field.EnumType.FindValueByName((string)item!).Number);
                break;
            case FieldType.Int32 or FieldType.Int64:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Varint);
                output.WriteInt64((long)item);
                break;
            default:
                throw new NotSupportedException($"{field.FullName}: {field.FieldType}");
        }
    }

    private static void ReadRepeated(CodedInputStream input, FieldDescriptor field, uint tag, JsonArray list, List<string>? unknown)
    {
        var isPacked = field.FieldType is FieldType.Enum or FieldType.Int32 or FieldType.Int64 or FieldType.Bool && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
        if (!isPacked)
        {
            list.Add(ReadValue(input, field, unknown));
            return;
        }

        var packed = new CodedInputStream(input.ReadBytes().ToByteArray());
        while (!packed.IsAtEnd)
            list.Add(ReadValue(packed, field, unknown));
    }

    private static JsonNode ReadValue(CodedInputStream input, FieldDescriptor field, List<string>? unknown) => field.FieldType switch
    {
        FieldType.String => input.ReadString(),
        FieldType.Message => Decode(field.MessageType, input.ReadBytes().ToByteArray(), unknown),
        FieldType.Bool => input.ReadBool(),
        FieldType.Enum => input.ReadEnum() is var number && field.EnumType.FindValueByNumber(number) is { } value ? value.Name : number.ToString(CultureInfo.InvariantCulture),
        FieldType.Int32 or FieldType.Int64 => input.ReadInt64(),
        FieldType.Bytes => input.ReadBytes().ToBase64(),
        var type => throw new NotSupportedException($"{field.FullName}: {type}"),
    };
}
