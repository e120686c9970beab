using Google.Protobuf.WellKnownTypes;

namespace Donations.Server.Storage;

/// <summary>Times as they are stored: 64-bit microseconds since 1970 UTC.</summary>
internal static class UnixMicros
{
    public const long PerSecond = 1_000_000;
    public const long PerDay = 86_400 * PerSecond;
    private const long MinSeconds = -62_135_596_800;
    private const long MaxSeconds = 253_402_300_799;

    public static long NowMicros(this TimeProvider time) => time.GetUtcNow().ToMicros();

    public static long ToMicros(this DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / 10;

    /// <summary>A time from Stripe.net, where a missing date silently becomes 1970 (reference/stripe.md 1.4): then null.</summary>
    public static long? ToMicrosOrNull(this System.DateTime? time) =>
        time is { } t && t > System.DateTime.UnixEpoch ? (t.Ticks - System.DateTime.UnixEpoch.Ticks) / 10 : null;

    public static long? ToMicrosOrNull(this System.DateTime time) => ToMicrosOrNull((System.DateTime?)time);

    public static DateTimeOffset ToDateTimeOffset(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * 10);

    public static Timestamp ToTimestamp(long micros)
    {
        var (seconds, rest) = Math.DivRem(micros, PerSecond);
        return rest < 0
            ? new() { Seconds = seconds - 1, Nanos = (int)((rest + PerSecond) * 1000) }
            : new() { Seconds = seconds, Nanos = (int)(rest * 1000) };
    }

    public static Timestamp? ToTimestamp(long? micros) => micros is { } m ? ToTimestamp(m) : null;

    /// <summary>Microseconds of a timestamp from the wire; parts below are cut off. What the wire may not hold is cut to the ends of the range, so that nothing wraps round.</summary>
    public static long FromTimestamp(Timestamp timestamp) => (Math.Clamp(timestamp.Seconds, MinSeconds, MaxSeconds) * PerSecond) + (timestamp.Nanos / 1000);
}
