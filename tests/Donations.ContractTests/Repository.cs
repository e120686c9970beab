namespace Donations.ContractTests;

/// <summary>Files of the repository that the tests stand in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Donations.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository");
    }
}

/// <summary>A committed text that a test computes again: what differs is a change of the contract that somebody must have meant.</summary>
internal static class Golden
{
    public const string Switch = "DONATIONS_UPDATE_GOLDEN";

    public static void Check(string relative, string actual)
    {
        var path = Repository.PathOf(relative);
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected == actual)
            return;
        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var changes = was.Except(now).Take(20).Select(l => "- " + l).Concat(now.Except(was).Take(20).Select(l => "+ " + l));
        Assert.Fail($"{relative} differs from what the contract is now. If that is meant, run scripts/baseline (or this test with {Switch}=1) and review the diff.\n{string.Join('\n', changes)}");
    }
}
