using System.Text;
using Dapper;

namespace Donations.Tests.Reminders;

/// <summary>
/// After its address has served, nothing of it is on the disk: neither the address, nor its sealed box, nor its blind index, in any file of the data
/// directory. The .eml files of development are the mailbox itself, and are left out.
/// </summary>
public sealed class ErasureTests
{
    private sealed record Kept(byte[] EmailIndex, byte[] SealedEmail);

    [Fact]
    public async Task After_the_purge_no_trace_of_an_address_is_found()
    {
        await using var box = await Mailbox.StartAsync();
        var random = new Random(5);
        var stays = new List<int>();
        const int people = 300;
        // In the order of their names, which is not that of their indexes: rows move between pages.
        for (var i = 0; i < people; i++)
        {
            await box.CreateAsync(i % 10 == 0 ? Mailbox.Every(Address(i), 12) : Mailbox.Once(Address(i), random.Next(0, 4)));
            if (i % 10 == 0)
                stays.Add(i);
        }

        // Superseded ones too.
        var first = All(box);
        for (var i = 1; i < people; i += 7)
            await box.CreateAsync(i % 10 == 0 ? Mailbox.Every(Address(i), 12) : Mailbox.Once(Address(i), 1));
        var all = All(box).Concat(first).DistinctBy(k => Convert.ToHexString(k.SealedEmail)).ToList();
        // The boxes are there to be found.
        Assert.Equal(people, Found(box, [.. All(box).Select(k => k.SealedEmail)]));

        var mails = await box.GoToAsync(2026, 12, 24);
        Assert.NotEmpty(mails);
        // Some cancel with the link of a mail that they got.
        await box.CreateAsync(Mailbox.Every(mails[0].To.Mailboxes.Single().Address, 1));
        all.AddRange(All(box));
        await box.Scenario.Server.Appeals.CancelReminderAsync(new() { Token = Mailbox.Token(mails[0]) });
        for (var day = new DateOnly(2027, 1, 24); day <= new DateOnly(2027, 4, 1); day = day.AddDays(31))
            await box.GoToAsync(day.Year, day.Month, day.Day);
        await box.GoToAsync(2027, 5, 1);

        var kept = All(box).ToDictionary(k => Convert.ToHexString(k.EmailIndex));
        Assert.Equal(stays.Count, kept.Count);
        var gone = all.Where(k => !kept.TryGetValue(Convert.ToHexString(k.EmailIndex), out var now) || !now.SealedEmail.AsSpan().SequenceEqual(k.SealedEmail)).ToList();
        Assert.True(gone.Count >= people - stays.Count);
        Assert.Equal(stays.Count, Found(box, [.. kept.Values.Select(k => k.SealedEmail)]));
        Assert.Equal(0, Found(box, [.. gone.Select(k => k.SealedEmail)]));
        Assert.Equal(0, Found(box, [.. gone.Select(k => k.EmailIndex).Where(i => !kept.ContainsKey(Convert.ToHexString(i)))]));
        Assert.Equal(0, Found(box, [.. Enumerable.Range(0, people).Select(i => Encoding.UTF8.GetBytes(Address(i)))]));
        // Neither sealed part of a box: the address itself lies in its last bytes.
        Assert.Equal(0, Found(box, [.. gone.Select(k => k.SealedEmail[^40..])]));
    }

    [Fact]
    public async Task A_cancellation_leaves_nothing_from_the_moment_it_is_answered()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Every(Address(1), 1));
        var mail = Assert.Single(await box.GoToAsync(2026, 12, 24));
        await box.CreateAsync(Mailbox.Once(Address(1), 3));
        var kept = All(box);
        Assert.Equal(3, Found(box, [.. kept.Select(k => k.SealedEmail), kept[0].EmailIndex]));
        await box.Scenario.Server.Appeals.CancelReminderAsync(new() { Token = Mailbox.Token(mail) });
        Assert.Equal(0, Found(box, [.. kept.Select(k => k.SealedEmail), kept[0].EmailIndex]));
    }

    /// <summary>A crash between a deletion and its scrub: the next start's first run makes up for it.</summary>
    [Fact]
    public async Task What_a_crash_left_is_scrubbed_after_the_next_start()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Address(1)));
        var kept = All(box);
        await box.ChoreAsync();
        await box.Vault.WriteAsync(c => c.Execute("DELETE FROM reminders"));
        // The server knows of no deletion, as after a crash.
        await box.ChoreAsync();
        Assert.Equal(1, Found(box, [kept[0].SealedEmail]));
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(box.Scenario.Server.DataDirectory, "vault.db")};Pooling=False"))
        {
            // A connection that stays open keeps the stopping server from folding the WAL away.
            other.Open();
            await other.ExecuteScalarAsync<long>("SELECT count(*) FROM reminders");
            await box.Scenario.Server.RestartAsync();
        }

        await box.ChoreAsync();
        Assert.Equal(0, Found(box, [kept[0].SealedEmail]));
    }

    private static string Address(int i) => $"reader-{i}@example.com";

    private static List<Kept> All(Mailbox box) => box.Vault.Read(c => c.Query<Kept>("SELECT email_index AS EmailIndex, sealed_email AS SealedEmail FROM reminders").AsList());

    /// <summary>How many of these are somewhere in the data directory.</summary>
    private static int Found(Mailbox box, byte[][] secrets)
    {
        var files = Directory.EnumerateFiles(box.Scenario.Server.DataDirectory, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is not (".eml" or ".db-shm")).Select(ReadAll).ToList();
        return secrets.Count(secret => files.Any(f => f.AsSpan().IndexOf(secret) >= 0));
    }

    private static byte[] ReadAll(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
