using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Donations.Server.Ledger;

/// <summary>
/// What an entry with its lines is known by: SHA-256 over every column, each with its length or a mark for null before it, so that no two
/// rows look alike.
/// </summary>
internal static class EntryHash
{
    private const byte Null = 0;
    private const byte Number = 1;
    private const byte Text = 2;

    public static byte[] Of(EntryRow entry, IEnumerable<LineRow> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, entry.EntryId);
        Add(hash, entry.SourceKind);
        Add(hash, entry.SourceId);
        Add(hash, entry.Transition);
        Add(hash, entry.BookDate);
        Add(hash, entry.FactTimeUs);
        Add(hash, entry.CreateTimeUs);
        Add(hash, entry.Livemode);
        Add(hash, entry.Memo);
        foreach (var line in lines)
        {
            Add(hash, line.Line);
            Add(hash, line.BookDate);
            Add(hash, line.Account);
            Add(hash, line.Currency);
            Add(hash, line.DebitMinor);
            Add(hash, line.CreditMinor);
            Add(hash, line.OriginalMinor);
            Add(hash, line.OriginalCurrency);
            Add(hash, line.ExchangeRate);
            Add(hash, line.CampaignId);
            Add(hash, line.Fund);
            Add(hash, line.Placement);
            // Columns that came later count where they are set: what was posted before them keeps its hash.
            if (line.Method is not null)
                Add(hash, line.Method);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>A block's hash: over the one before it and the hashes of its entries.</summary>
    public static byte[] OfBlock(ReadOnlySpan<byte> previous, long firstEntryId, long lastEntryId, IEnumerable<byte[]> entryHashes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        Add(hash, firstEntryId);
        Add(hash, lastEntryId);
        foreach (var entry in entryHashes)
            hash.AppendData(entry);
        return hash.GetHashAndReset();
    }

    private static void Add(IncrementalHash hash, long? value)
    {
        Span<byte> bytes = stackalloc byte[9];
        if (value is not { } number)
        {
            hash.AppendData([Null]);
            return;
        }

        bytes[0] = Number;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, string? value)
    {
        if (value is null)
        {
            hash.AppendData([Null]);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(value);
        Span<byte> head = stackalloc byte[5];
        head[0] = Text;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], bytes.Length);
        hash.AppendData(head);
        hash.AppendData(bytes);
    }
}
