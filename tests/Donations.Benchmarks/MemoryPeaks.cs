using System.Diagnostics;
using System.Globalization;

namespace Donations.Benchmarks;

/// <summary>Samples memory while something runs: the peaks of its first and its last tenth tell whether it stays flat.</summary>
internal sealed class MemoryPeaks
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);
    private readonly List<(long Managed, long WorkingSet)> _samples = [];
    private Timer? _timer;
    private long _bytes;

    public void Start()
    {
        GC.Collect();
        _samples.Clear();
        _timer = new(_ => _samples.Add((GC.GetTotalMemory(false), Process.GetCurrentProcess().WorkingSet64)), null, TimeSpan.Zero, Every);
    }

    public void Stop(long bytes)
    {
        using (var stopped = new ManualResetEvent(false))
        {
            _timer!.Dispose(stopped);
            stopped.WaitOne();
        }

        _bytes = bytes;
    }

    public override string ToString()
    {
        var tenth = Math.Max(1, _samples.Count / 10);
        string Peaks(IEnumerable<(long Managed, long WorkingSet)> samples) =>
            samples.ToList() is { } s ? string.Create(CultureInfo.InvariantCulture, $"{s.Max(x => x.Managed) / 1e6:N0} MB managed, {s.Max(x => x.WorkingSet) / 1e6:N0} MB working set") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{_bytes / 1e6:N0} MB written; peaks: {Peaks(_samples)}; in the first tenth: {Peaks(_samples.Take(tenth))}; in the last: {Peaks(_samples.TakeLast(tenth))}");
    }
}
