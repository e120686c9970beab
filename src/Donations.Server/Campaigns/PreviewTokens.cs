using System.Globalization;
using System.Text;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;

namespace Donations.Server.Campaigns;

/// <summary>What a preview link shows, and until when (UTC microseconds).</summary>
internal sealed record Preview(string CampaignId, string? AppealId, long ExpireTimeUs);

/// <summary>Preview links: a sealed token that names a campaign and its end. Nothing is stored, so a link cannot be taken back before it expires.</summary>
internal sealed class PreviewTokens(ServiceKeys keys, RandomSource random, AppealOptions options)
{
    private const long DefaultTtl = UnixMicros.PerDay;
    private const long MinTtl = 60 * UnixMicros.PerSecond;
    private const long MaxTtl = 30 * UnixMicros.PerDay;

    /// <summary>Microseconds that a link is good for.</summary>
    /// <exception cref="Grpc.Core.RpcException">FIELD_INVALID.</exception>
    public static long Ttl(Duration? asked, string path)
    {
        if (asked is null)
            return DefaultTtl;
        // Seconds first: what the wire may hold is more than a long of microseconds can.
        var micros = asked.Seconds is >= 0 and <= MaxTtl / UnixMicros.PerSecond ? (asked.Seconds * UnixMicros.PerSecond) + (asked.Nanos / 1000) : -1;
        return micros is >= MinTtl and <= MaxTtl ? micros : throw RpcErrors.FieldInvalid(path, "must be from a minute to 30 days");
    }

    public PreviewLink Make(Preview preview)
    {
        var token = SealedToken.Seal(keys.PreviewTokens, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{preview.ExpireTimeUs} {preview.CampaignId} {preview.AppealId}")), [], random);
        return new()
        {
            PreviewToken = token,
            // In the fragment, so that no server's log has it.
            PreviewUri = options.PreviewUrl.Length == 0 ? "" : $"{options.PreviewUrl}#preview={token}",
            ExpireTime = UnixMicros.ToTimestamp(preview.ExpireTimeUs),
        };
    }

    /// <summary>What the token shows, or null where it is none, or over.</summary>
    public Preview? Read(string token, long now) =>
        SealedToken.Open(keys.PreviewTokens, token, []) is { } plain
        && Encoding.UTF8.GetString(plain).Split(' ') is [var expires, var campaign, var appeal]
        && long.Parse(expires, CultureInfo.InvariantCulture) is var time && time > now
            ? new(campaign, appeal.Length == 0 ? null : appeal, time)
            : null;
}
