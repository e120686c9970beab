using Donations.Testing;

namespace Donations.Tests.Storage;

public sealed class DatabaseFileTests
{
    [Fact]
    public async Task A_stopped_server_leaves_whole_files_that_only_its_user_can_reach()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.PledgeAsync();
        await scenario.SettleAsync();
        await scenario.Server.StopAsync();
        foreach (var name in (string[])["donations.db", "vault.db"])
        {
            var wal = new FileInfo(Path.Combine(scenario.Server.DataDirectory, name + "-wal"));
            Assert.True(!wal.Exists || wal.Length == 0, $"{name} still has a WAL");
        }

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(scenario.Server.DataDirectory, "keys")));
    }
}
