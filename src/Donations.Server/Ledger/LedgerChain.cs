using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

internal sealed record BlockRow(long BlockId, long FirstEntryId, long LastEntryId, long EntryCount, byte[] Hash, long SealTimeUs);

/// <summary>What a verification found.</summary>
/// <param name="Entries">Entries that were read and found good.</param>
/// <param name="LastGoodEntryId">The newest entry up to which all is good.</param>
/// <param name="NextBlockId">Where to go on; null: the end, unsealed entries included.</param>
/// <param name="Failure">What is wrong; null: nothing.</param>
internal sealed record Verified(long Entries, long LastGoodEntryId, long? NextBlockId, string? Failure);

/// <summary>
/// Seals entries into a chain of blocks, and verifies it: each entry against its hash, each block against its entries and the block
/// before, the end against the head that is kept outside the database.
/// </summary>
internal sealed class LedgerChain(Database database, LedgerHead head, TimeProvider time)
{
    private const int MaxBlock = 5000;
    private const int ReadBatch = 500;
    private static readonly byte[] Genesis = new byte[32];

    private const string BlockColumns = "block_id AS BlockId, first_entry_id AS FirstEntryId, last_entry_id AS LastEntryId, entry_count AS EntryCount, hash AS Hash, seal_time_us AS SealTimeUs";

    /// <summary>Seals what has been posted since the last block, and writes the head. False where there was nothing.</summary>
    public async Task<bool> SealAsync()
    {
        if (!database.Read(HasUnsealed))
            return false;
        var block = await database.WriteAsync(c =>
        {
            var last = LastBlock(c);
            var hashes = c.Query<(long EntryId, byte[] Hash)>(
                "SELECT entry_id, hash FROM journal_hashes WHERE entry_id > @after ORDER BY entry_id LIMIT @MaxBlock", new { after = last?.LastEntryId ?? 0, MaxBlock }).AsList();
            if (hashes.Count == 0)
                return null;
            var (first, end) = (hashes[0].EntryId, hashes[^1].EntryId);
            var sealed_ = new BlockRow((last?.BlockId ?? 0) + 1, first, end, hashes.Count, EntryHash.OfBlock(last?.Hash ?? Genesis, first, end, hashes.Select(h => h.Hash)), time.NowMicros());
            c.Execute(
                "INSERT INTO journal_blocks (block_id, first_entry_id, last_entry_id, entry_count, hash, seal_time_us) VALUES (@BlockId, @FirstEntryId, @LastEntryId, @EntryCount, @Hash, @SealTimeUs)", sealed_);
            return sealed_;
        });
        if (block is not null)
            head.Write(block);
        return block is not null;
    }

    /// <summary>Entries of a database that is older than the chain get their hashes now, before the first block.</summary>
    public async Task AdoptAsync()
    {
        while (await database.WriteAsync(c =>
        {
            if (LastBlock(c) is not null)
                return 0;
            var entries = c.Query<EntryRow>(
                $"SELECT {LedgerStore.EntryColumns} FROM journal_entries WHERE entry_id NOT IN (SELECT entry_id FROM journal_hashes) ORDER BY entry_id LIMIT @ReadBatch", new { ReadBatch }).AsList();
            var lines = LedgerStore.LinesOf(c, entries.Select(e => e.EntryId));
            foreach (var entry in entries)
                Note(c, entry, lines[entry.EntryId]);
            return entries.Count;
        }) > 0)
        {
        }
    }

    /// <summary>Keeps an entry's hash, in the transaction that posts it.</summary>
    public static void Note(SqliteConnection connection, EntryRow entry, IEnumerable<LineRow> lines) =>
        connection.Execute("INSERT INTO journal_hashes (entry_id, hash) VALUES (@EntryId, @hash)", new { entry.EntryId, hash = EntryHash.Of(entry, lines) });

    /// <summary>The last block, or null.</summary>
    public static BlockRow? LastBlock(SqliteConnection connection) =>
        connection.QueryFirstOrDefault<BlockRow>($"SELECT {BlockColumns} FROM journal_blocks ORDER BY block_id DESC LIMIT 1");

    /// <summary>Verifies up to so many blocks from one on; the last call of a whole verification looks at the unsealed entries and the head too.</summary>
    public Verified Verify(long fromBlockId, int maxBlocks, CancellationToken cancellationToken)
    {
        var (previous, entries) = (database.Read(c => Block(c, fromBlockId - 1), cancellationToken), 0L);
        var lastGood = previous?.LastEntryId ?? 0;
        if (previous is null && fromBlockId > 1)
            return new(0, 0, null, $"block {fromBlockId - 1} is missing");
        for (var id = fromBlockId; id < fromBlockId + maxBlocks; id++)
        {
            if (database.Read(c => Block(c, id), cancellationToken) is not { } block)
                return VerifyEnd(entries, lastGood, cancellationToken);
            if (VerifyBlock(block, previous, cancellationToken) is { } failure)
                return new(entries, lastGood, null, failure);
            (previous, lastGood, entries) = (block, block.LastEntryId, entries + block.EntryCount);
        }

        return new(entries, lastGood, fromBlockId + maxBlocks, null);
    }

    private Verified VerifyEnd(long entries, long lastGood, CancellationToken cancellationToken)
    {
        // Unsealed ones have hashes and no block yet.
        var (found, last, failure) = VerifyEntries(lastGood + 1, long.MaxValue, null, cancellationToken);
        var problem = failure ?? CompareHead(cancellationToken);
        return new(entries + found, problem is null ? Math.Max(lastGood, last) : lastGood, null, problem);
    }

    /// <summary>Holds the database against the head outside. The head is read first: it is written after its block, so a block that it names must be there, whatever is sealed meanwhile.</summary>
    private string? CompareHead(CancellationToken cancellationToken)
    {
        if (head.Read() is not { } outside)
            return null;
        var (named, last) = database.Read(c => (Block(c, outside.BlockId), LastBlock(c)), cancellationToken);
        if (named is null)
            return $"the head outside names block {outside.BlockId}, and the database ends with block {last?.BlockId ?? 0}: blocks are missing, as after a restored backup";
        return named.Hash.AsSpan().SequenceEqual(outside.Hash) ? null : $"block {outside.BlockId} is not the one that the head outside names";
    }

    private string? VerifyBlock(BlockRow block, BlockRow? previous, CancellationToken cancellationToken)
    {
        if (block.FirstEntryId <= (previous?.LastEntryId ?? 0))
            return $"block {block.BlockId} begins before the one before it ends";
        // What lies between two blocks was slipped in.
        if (database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM journal_entries WHERE entry_id > @after AND entry_id < @first", new { after = previous?.LastEntryId ?? 0, first = block.FirstEntryId }), cancellationToken) > 0)
            return $"entries before block {block.BlockId} are in no block";
        var hashes = new List<byte[]>();
        var (count, _, failure) = VerifyEntries(block.FirstEntryId, block.LastEntryId, hashes, cancellationToken);
        if (failure is not null)
            return failure;
        if (count != block.EntryCount)
            return $"block {block.BlockId} has {count} entries instead of {block.EntryCount}";
        return EntryHash.OfBlock(previous?.Hash ?? Genesis, block.FirstEntryId, block.LastEntryId, hashes).AsSpan().SequenceEqual(block.Hash) ? null : $"block {block.BlockId} is not what it was when it was sealed";
    }

    /// <summary>Reads entries with their lines and holds them against their hashes; each batch on a snapshot of its own, for nothing in it changes.</summary>
    private (long Count, long LastEntryId, string? Failure) VerifyEntries(long from, long to, List<byte[]>? hashes, CancellationToken cancellationToken)
    {
        var (next, count, last) = (from, 0L, 0L);
        while (true)
        {
            var (entries, lines, known) = database.Read(
                c =>
                {
                    var found = c.Query<EntryRow>($"SELECT {LedgerStore.EntryColumns} FROM journal_entries WHERE entry_id BETWEEN @next AND @to ORDER BY entry_id LIMIT @ReadBatch", new { next, to, ReadBatch }).AsList();
                    var end = found.Count == 0 ? next : found[^1].EntryId;
                    return (
                        found,
                        LedgerStore.LinesBetween(c, next, end),
                        c.Query<(long EntryId, byte[] Hash)>("SELECT entry_id, hash FROM journal_hashes WHERE entry_id BETWEEN @next AND @end", new { next, end }).ToDictionary(h => h.EntryId, h => h.Hash));
                },
                cancellationToken);
            foreach (var entry in entries)
            {
                var hash = EntryHash.Of(entry, lines[entry.EntryId]);
                if (!known.TryGetValue(entry.EntryId, out var noted) || !hash.AsSpan().SequenceEqual(noted))
                    return (count, last, $"entry {entry.EntryId} is not what it was when it was posted");
                hashes?.Add(hash);
                (count, last) = (count + 1, entry.EntryId);
            }

            if (entries.Count < ReadBatch)
                return (count, last, null);
            next = last + 1;
        }
    }

    private static bool HasUnsealed(SqliteConnection connection) => connection.ExecuteScalar<long>(
        "SELECT EXISTS (SELECT 1 FROM journal_hashes WHERE entry_id > coalesce((SELECT max(last_entry_id) FROM journal_blocks), 0))") == 1;

    private static BlockRow? Block(SqliteConnection connection, long blockId) =>
        connection.QuerySingleOrDefault<BlockRow>($"SELECT {BlockColumns} FROM journal_blocks WHERE block_id = @blockId", new { blockId });
}
