using System.Text.RegularExpressions;

namespace Donations.Tests.Architecture;

/// <summary>The rooms of docs/architecture.md, held against the source: who may use whom, no circles, no service used by another room.</summary>
public sealed partial class RoomTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Server = Path.Combine(Root, "src", "Donations.Server");

    [Fact]
    public void Rooms_use_only_what_the_architecture_page_allows()
    {
        var allowed = Allowed();
        var wrong = from use in Uses() where use.From != use.To && !allowed[use.From].Contains(use.To) select $"{use.File}: {use.From} uses {use.To}";
        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void Every_room_is_on_the_page_and_every_row_of_it_exists()
    {
        var rooms = Directory.GetDirectories(Server).Where(d => Directory.EnumerateFiles(d, "*.cs").Any()).Select(d => Path.GetFileName(d)).Except(["bin", "obj"]).Order();
        Assert.Equal(rooms, Table().Keys.Order());
    }

    [Fact]
    public void Rooms_make_no_circles()
    {
        var allowed = Allowed();
        Assert.All(allowed, room => Assert.DoesNotContain(room.Key, room.Value));
    }

    [Fact]
    public void No_room_uses_another_rooms_grpc_service()
    {
        var services = Directory.EnumerateFiles(Server, "*Service.cs", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)).ToHashSet();
        var wrong = from file in Sources()
                    let room = Room(file)
                    from match in ServiceUse().Matches(File.ReadAllText(file))
                    where services.Contains(match.Groups["name"].Value) && !File.Exists(Path.Combine(Server, room, match.Groups["name"].Value + ".cs"))
                    select $"{file}: {match.Value}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Program_stays_a_page() => Assert.InRange(File.ReadAllLines(Path.Combine(Server, "DonationsServer.cs")).Length, 1, 80);

    private static IEnumerable<(string File, string From, string To)> Uses() =>
        from file in Sources()
        let from_ = Room(file)
        from match in RoomUse().Matches(File.ReadAllText(file))
        let to = match.Groups["room"].Value
        where Directory.Exists(Path.Combine(Server, to))
        // `Payments.Refunds` names a room's type; `campaign.Appeals.Count` does not.
        where match.Groups["type"].Value is var type && (type.Length == 0 || File.Exists(Path.Combine(Server, to, type + ".cs")))
        select (Path.GetFileName(file), from_, to);

    private static IEnumerable<string> Sources() => Directory.GetDirectories(Server).Where(d => Path.GetFileName(d) is not ("bin" or "obj")).SelectMany(d => Directory.EnumerateFiles(d, "*.cs", SearchOption.AllDirectories));

    private static string Room(string file) => Path.GetRelativePath(Server, file).Split(Path.DirectorySeparatorChar)[0];

    /// <summary>The page's table with what follows from it: a room may use what its rooms use.</summary>
    private static Dictionary<string, HashSet<string>> Allowed()
    {
        var table = Table();
        HashSet<string> Closure(string room, int depth) => depth > table.Count ? [] : [.. table[room].Concat(table[room].SelectMany(r => Closure(r, depth + 1)))];
        return table.Keys.ToDictionary(r => r, r => Closure(r, 0));
    }

    private static Dictionary<string, string[]> Table() => File.ReadLines(Path.Combine(Root, "docs", "architecture.md"))
        .SkipWhile(l => !l.StartsWith("| room |", StringComparison.Ordinal)).Skip(2).TakeWhile(l => l.StartsWith('|'))
        .Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries))
        .ToDictionary(c => c[0], c => c[2] == "–" ? [] : c[2].Split(", "));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Donations.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("No Donations.sln above the tests");
        return directory.FullName;
    }

    [GeneratedRegex(@"Donations\.Server\.(?<room>[A-Z]\w+)|(?<![\w.])(?<room>Campaigns|Appeals|Pledges|Donors|Payments|Ledger|Receipts|Reports|Mail|Reminders)\.(?<type>[A-Z]\w+)[\s(<>]")]
    private static partial Regex RoomUse();

    [GeneratedRegex(@"(?<![\w.])(?<name>[A-Z]\w+Service)(?=[\s>(])")]
    private static partial Regex ServiceUse();
}
