namespace Donations.StripeSimulator.Faults;

/// <summary>How many calls a second of the system's time takes.</summary>
internal sealed class RateLimit(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _second;
    private int _calls;

    /// <summary>Zero for no limit.</summary>
    public int PerSecond { get; set; }

    /// <summary>Counts a call; false if it is one too many.</summary>
    public bool Take()
    {
        if (PerSecond == 0)
            return true;
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_gate)
        {
            (_second, _calls) = second == _second ? (_second, _calls + 1) : (second, 1);
            return _calls <= PerSecond;
        }
    }
}
