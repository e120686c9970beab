namespace Donations.Cli;

/// <summary>A file that is there whole or not at all: it is written under another name beside its own, and takes its own when it is complete.</summary>
internal static class AtomicFile
{
    /// <exception cref="CliException">It cannot be written there.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        try
        {
            // Devices and pipes cannot be replaced, and are nothing that could be left half written.
            if (path.StartsWith("/dev/", StringComparison.Ordinal))
            {
                await using var device = File.OpenWrite(path);
                await write(device);
                return;
            }

            // A link stays one: what it points at is replaced.
            var target = (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
            var partial = $"{target}.{Path.GetRandomFileName()}.partial";
            try
            {
                await using (var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write))
                    await write(file);
                File.Move(partial, target, overwrite: true);
            }
            finally
            {
                File.Delete(partial);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be written ({e.GetType().Name})", CliException.Usage);
        }
    }
}
