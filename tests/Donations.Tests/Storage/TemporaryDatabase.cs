using Donations.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Donations.Tests.Storage;

/// <summary>A database in a directory that goes with it.</summary>
internal sealed class TemporaryDatabase : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("donations-test-").FullName;

    public TemporaryDatabase(params ICommitStep[] steps) => Database = Database.Open(File, "main", TimeProvider.System, NullLoggerFactory.Instance, steps);

    public Database Database { get; }

    public string File => Path.Combine(_directory, "donations.db");

    /// <summary>Opens the same file once more, as another process would.</summary>
    public Database OpenAnother(string schema = "main") => Database.Open(File, schema, TimeProvider.System, NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
