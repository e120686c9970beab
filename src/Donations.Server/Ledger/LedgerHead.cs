using System.Globalization;
using Donations.Server.Storage;

namespace Donations.Server.Ledger;

/// <summary>
/// The chain's head outside the database: one line of block, hash and last entry. A database that is behind it lost something (a damaged
/// WAL frame, a restored backup); one ahead of it is what a crash leaves. Better on another disk (Ledger:HeadFile).
/// </summary>
internal sealed class LedgerHead(LedgerOptions options, DataDirectory directory)
{
    private readonly string _path = Path.GetFullPath(options.HeadFile, directory.Path);

    public (long BlockId, byte[] Hash)? Read()
    {
        if (!File.Exists(_path))
            return null;
        return File.ReadAllText(_path).Trim().Split(' ') is [var block, var hash, _] && long.TryParse(block, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? (id, Convert.FromHexString(hash))
            : throw new InvalidOperationException($"{Path.GetFileName(_path)} is not a ledger head. Refusing to start.");
    }

    /// <summary>Whole or not at all: a new file takes the place of the old one once it is on disk.</summary>
    public void Write(BlockRow block)
    {
        DataDirectory.Create(Path.GetDirectoryName(_path)!);
        var temporary = _path + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{block.BlockId} {Convert.ToHexStringLower(block.Hash)} {block.LastEntryId}\n")));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }
}
