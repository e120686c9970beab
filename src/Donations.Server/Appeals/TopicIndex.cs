using System.Collections.Frozen;
using Donations.V1;
using Google.Protobuf.Collections;

namespace Donations.Server.Appeals;

/// <summary>
/// Numbers for the sections and tags that campaigns name, so that a call compares numbers, not texts. It only grows: a number stays what it
/// is for as long as the process runs. Bounded by the catalogue.
/// </summary>
internal sealed class TopicIndex
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.OrdinalIgnoreCase);
    private volatile FrozenDictionary<string, int> _frozen = FrozenDictionary<string, int>.Empty;

    /// <summary>The numbers of these topics, new ones given where needed. Only while the catalogue is swapped.</summary>
    public int[] Add(RepeatedField<string> topics)
    {
        foreach (var topic in topics)
            _numbers.TryAdd(topic, _numbers.Count);
        return [.. topics.Select(topic => _numbers[topic])];
    }

    /// <summary>Makes what was added known to readers.</summary>
    public void Freeze()
    {
        if (_frozen.Count != _numbers.Count)
            _frozen = _numbers.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The reader with what of the request's topics some campaign names.</summary>
    public Reader Read(SelectAppealRequest request, Reader reader)
    {
        var numbers = _frozen;
        if (numbers.Count == 0 || (request.Section.Length == 0 && request.Tags.Count == 0))
            return reader;
        Span<int> known = stackalloc int[Reader.MaxTags];
        var count = 0;
        for (var i = 0; i < Math.Min(request.Tags.Count, Reader.MaxTags); i++)
        {
            if (numbers.TryGetValue(request.Tags[i].Trim(), out var number))
                known[count++] = number;
        }

        return reader with { Section = numbers.GetValueOrDefault(request.Section.Trim(), -1), Tags = count == 0 ? [] : known[..count].ToArray() };
    }
}
