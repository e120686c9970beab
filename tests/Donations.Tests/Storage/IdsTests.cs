using CsCheck;
using Donations.Server.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Donations.Tests.Storage;

public sealed class IdsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ids_sort_by_the_time_they_were_made() => Gen.Int[1, 1_000_000_000].Array[2, 30].Sample(steps =>
    {
        var time = new FakeTimeProvider(Start);
        var ids = new Ids(time, new());
        var made = steps.Select(step =>
        {
            time.Advance(TimeSpan.FromMilliseconds(step));
            return ids.New();
        }).ToList();
        return made.SequenceEqual(made.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Ids_of_one_moment_differ_and_have_their_shape()
    {
        var ids = new Ids(new FakeTimeProvider(Start), new());
        var made = Enumerable.Range(0, 10_000).Select(_ => ids.New()).ToHashSet();
        Assert.Equal(10_000, made.Count);
        Assert.All(made, id => Assert.True(Ids.IsId(id)));
        Assert.Single(made.Select(id => id[..9]).Distinct());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdefghjkmnpqr")]
    [InlineData("0123456789abcdefghjkmnpqri")]
    [InlineData("0123456789ABCDEFGHJKMNPQRS")]
    [InlineData("0123456789abcdefghjkmnpqrst")]
    public void Other_texts_are_no_ids(string text) => Assert.False(Ids.IsId(text));

    [Fact]
    public void References_are_short_and_differ()
    {
        var ids = new Ids(new FakeTimeProvider(Start), new());
        var made = Enumerable.Range(0, 1000).Select(_ => ids.NewReference()).ToHashSet();
        Assert.Equal(1000, made.Count);
        Assert.All(made, reference => Assert.Matches(@"\AP-[0-9A-HJKMNP-TV-Z]{10}\z", reference));
    }

    [Fact]
    public void Encoding_writes_five_bits_a_character() =>
        Assert.Equal(("00", "zz", "0g"), (Ids.Encode([0], 2), Ids.Encode([255, 255], 2), Ids.Encode([0b00000100], 2)));
}
