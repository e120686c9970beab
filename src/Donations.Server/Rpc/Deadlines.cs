using System.Globalization;

namespace Donations.Server.Rpc;

/// <summary>
/// Caps the caller's deadline: no call without one, and none above the cap, by writing the `grpc-timeout` header that
/// gRPC then enforces. What reads all of the books may run longer.
/// </summary>
internal static class Deadlines
{
    public static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongCap = TimeSpan.FromMinutes(30);
    private const string Header = "grpc-timeout";
    private static readonly string[] LongMethods = ["/ExportReport", "/VerifyRollUps", "/RebuildRollUps", "/CheckBooks"];

    public static IApplicationBuilder UseDeadlineCap(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            var cap = context.Request.Path.Value is { } path && LongMethods.Any(m => path.EndsWith(m, StringComparison.Ordinal)) ? LongCap : Cap;
            if (!TryParse(context.Request.Headers[Header].ToString(), out var asked) || asked > cap)
                context.Request.Headers[Header] = cap.TotalSeconds.ToString(CultureInfo.InvariantCulture) + "S";
        }

        return next(context);
    });

    /// <summary>Reads `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2, "Timeout").</summary>
    public static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        var ticks = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => -1,
        };
        if (ticks < 0)
            return false;
        timeout = ticks == 0 ? TimeSpan.FromTicks(value / 100) : TimeSpan.FromTicks(value * ticks);
        return true;
    }
}
