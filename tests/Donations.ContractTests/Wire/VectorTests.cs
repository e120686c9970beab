using System.Text;
using Donations.ContractTests.Descriptors;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Wire;

/// <summary>Committed samples of every message: what was on the wire yesterday is read today, and written again to the same bytes.</summary>
public sealed class VectorTests
{
    private const string RelativePath = "tests/Donations.ContractTests/Vectors/donations-v1.txt";

    /// <summary>One sample is three lines: message and variant, base64 of its bytes, JSON of its meaning.</summary>
    private sealed record Vector(string Key, byte[] Bytes, string Json)
    {
        public MessageDescriptor Message => Contract.Messages.Single(m => m.FullName == Key[..Key.LastIndexOf('/')]);
    }

    [Fact]
    public void The_committed_samples_are_complete()
    {
        var text = new StringBuilder();
        foreach (var (key, message) in Samples.All())
            text.Append(key).Append("\nbase64 ").Append(Convert.ToBase64String(message.ToByteArray())).Append('\n').Append(JsonFormatter.Default.Format(message)).Append("\n\n");
        Golden.Check(RelativePath, text.ToString());
    }

    [Fact]
    public void Every_sample_is_read_as_it_was_meant_and_written_to_the_same_bytes()
    {
        var vectors = Read();
        Assert.Equal(Contract.Messages.Select(m => m.FullName), vectors.Select(v => v.Message.FullName).Distinct());
        foreach (var vector in vectors)
        {
            var message = vector.Message.Parser.ParseFrom(vector.Bytes);
            Assert.Equal(vector.Json, JsonFormatter.Default.Format(message));
            Assert.Equal(vector.Bytes, message.ToByteArray());
            Assert.Equal(vector.Bytes, JsonParser.Default.Parse(vector.Json, vector.Message).ToByteArray());
        }
    }

    [Fact]
    public void The_samples_of_a_message_set_every_field_between_them()
    {
        foreach (var group in Read().GroupBy(v => v.Message))
        {
            var samples = group.Select(v => group.Key.Parser.ParseFrom(v.Bytes)).ToList();
            foreach (var field in group.Key.Fields.InDeclarationOrder())
                Assert.True(samples.Any(s => IsSet(field, s)), $"{field.FullName} is in no sample");
        }
    }

    /// <summary>A newer peer's fields travel through: readers that write back lose nothing.</summary>
    [Fact]
    public void Unknown_fields_survive()
    {
        byte[] unknown = [0xC2, 0xBB, 0x17, 0x03, (byte)'n', (byte)'e', (byte)'w', 0xC8, 0xBB, 0x17, 0x2A];
        foreach (var vector in Read())
        {
            byte[] extended = [.. vector.Bytes, .. unknown];
            Assert.Equal(extended, vector.Message.Parser.ParseFrom(extended).ToByteArray());
        }
    }

    [Fact]
    public void Unknown_enum_numbers_survive()
    {
        const int unknown = 4711;
        var fields = Contract.Messages.SelectMany(m => m.Fields.InDeclarationOrder()).Where(f => f is { FieldType: FieldType.Enum, IsRepeated: false }).ToList();
        Assert.NotEmpty(fields);
        foreach (var field in fields)
        {
            using var stream = new MemoryStream();
            using (var output = new CodedOutputStream(stream))
            {
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Varint);
                output.WriteEnum(unknown);
            }

            var message = field.ContainingType.Parser.ParseFrom(stream.ToArray());
            Assert.Equal(unknown, Convert.ToInt32(field.Accessor.GetValue(message), System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(stream.ToArray(), message.ToByteArray());
        }
    }

    /// <summary>Descriptors of the baseline read today's messages, and know every field that was promised.</summary>
    [Fact]
    public void A_client_of_the_baseline_reads_every_sample()
    {
        var known = Baseline.Files.Where(f => f.Package == Contract.Package).SelectMany(f => f.MessageTypes).Select(m => m.FullName).ToHashSet();
        foreach (var vector in Read().Where(v => known.Contains(v.Message.FullName)))
        {
            var baseline = Baseline.Message(vector.Message.FullName);
            var decoded = BaselineCodec.Decode(baseline, vector.Bytes);
            Assert.Equal(
                baseline.Fields.InDeclarationOrder().Where(f => vector.Message.FindFieldByNumber(f.FieldNumber) is { } now && IsSet(now, vector.Message.Parser.ParseFrom(vector.Bytes))).Select(f => f.Name).Order(StringComparer.Ordinal),
                decoded.Select(p => p.Key).Order(StringComparer.Ordinal));
        }
    }

    private static bool IsSet(FieldDescriptor field, IMessage message) => field.Accessor.GetValue(message) switch
    {
        System.Collections.ICollection list => list.Count > 0,
        ByteString bytes => bytes.Length > 0,
        var value => field.HasPresence ? field.Accessor.HasValue(message) : value is string text ? text.Length > 0 : !Equals(value, Activator.CreateInstance(value.GetType())),
    };

    private static List<Vector> Read() =>
    [
        .. File.ReadAllText(Repository.PathOf(RelativePath)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => block.Split('\n')).Select(lines => new Vector(lines[0], Convert.FromBase64String(lines[1]["base64 ".Length..]), lines[2])),
    ];
}
