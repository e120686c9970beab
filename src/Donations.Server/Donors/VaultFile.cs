using Donations.Server.Storage;

namespace Donations.Server.Donors;

/// <summary>
/// vault.db, contact details alone. What was deleted in it leaves the disk with <see cref="Scrub"/>: the WAL goes on holding
/// deleted rows until it is truncated, and so do pages that rows were moved out of, which secure_delete does not see, until the
/// file is rebuilt.
/// </summary>
internal sealed class VaultFile(Database database, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A file up to this size is rebuilt each time (tenths of a second), a larger one, which holds up whoever writes meanwhile, once an hour at most.</summary>
    private const long SmallBytes = 32 * 1024 * 1024;
    private const long LargePauseMicros = 3600 * UnixMicros.PerSecond;
    private readonly Lock _scrubbing = new();
    private long _rebuiltUs;

    // A crash may have come between a deletion and its scrub.
    private volatile bool _dirty = true;

    public Database Database => database;

    /// <summary>Rows were deleted: there is something to scrub.</summary>
    public void MarkDirty() => _dirty = true;

    /// <summary>Leaves nothing of deleted rows on the disk. What could not be done now is done by a later call.</summary>
    public void Scrub()
    {
        lock (_scrubbing)
        {
            if (!_dirty)
                return;
            // First, so that what is deleted meanwhile counts again.
            _dirty = false;
            var now = time.NowMicros();
            var rebuild = database.SizeBytes <= SmallBytes || now - _rebuiltUs >= LargePauseMicros;
            if (database.Scrub(rebuild) && rebuild)
                _rebuiltUs = now;
            else
                _dirty = true;
        }
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
