using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Faults;

/// <summary>The faults that are asked for. They are not part of the account: a restart forgets them.</summary>
public sealed class FaultBook
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];
    private int _next;

    /// <summary>Asks for a fault; the first that applies to a call happens.</summary>
    public Fault Add(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            fault.Id = $"fault_{++_next}";
            _faults.Add(fault);
            return fault;
        }
    }

    /// <summary>All that were asked for, spent ones included.</summary>
    public IReadOnlyList<Fault> List()
    {
        lock (_gate)
            return [.. _faults];
    }

    /// <summary>Removes one, or all; false if there was none of that name.</summary>
    public bool Remove(string? id)
    {
        lock (_gate)
            return _faults.RemoveAll(fault => id is null || fault.Id == id) > 0 || id is null;
    }

    /// <summary>The fault that happens to this call. Every fault that matches counts the call, also when another one happens.</summary>
    internal Fault? Take(string method, string path)
    {
        lock (_gate)
        {
            Fault? taken = null;
            foreach (var fault in _faults.Where(fault => Matches(fault, method, path)))
            {
                fault.Matched++;
                if (taken is null && Applies(fault))
                    taken = fault;
            }
            if (taken is not null)
                taken.Fired++;
            return taken;
        }
    }

    private static bool Applies(Fault fault)
    {
        if (fault.Fired >= (fault.Count ?? (fault.Probability is null ? 1 : int.MaxValue)))
            return false;
        return (fault.Nth is not { } nth || fault.Matched >= nth)
            && (fault.Probability is not { } probability || IdSource.Chance(fault.Seed, $"{fault.Id} {fault.Matched}") < probability);
    }

    private static bool Matches(Fault fault, string method, string path)
    {
        if (fault.Method is not null && !string.Equals(fault.Method, method, StringComparison.OrdinalIgnoreCase))
            return false;
        var pattern = fault.Path.Split('/');
        var parts = path.Split('/');
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "**")
                return true;
            if (i == parts.Length || (pattern[i] != "*" && pattern[i] != parts[i]))
                return false;
        }
        return pattern.Length == parts.Length;
    }
}
