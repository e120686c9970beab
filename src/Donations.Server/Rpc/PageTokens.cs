using System.Text;
using Donations.Server.Storage;
using Google.Protobuf;

namespace Donations.Server.Rpc;

/// <summary>
/// Page tokens (AIP-158): opaque, authenticated and bound to the request's other fields, by AES-GCM with those fields as
/// associated data. A token says where to go on; it gives no authority.
/// </summary>
internal sealed class PageTokens(ServiceKeys keys, RandomSource random)
{
    /// <summary>The page size to use: the default for 0, coerced to the maximum; negative is refused.</summary>
    public static int Size(int asked, int byDefault, int max, string path = "page_size") => asked switch
    {
        < 0 => throw RpcErrors.FieldInvalid(path, "must not be negative"),
        0 => byDefault,
        _ => Math.Min(asked, max),
    };

    /// <summary>A token for the rows after <paramref name="cursor"/>.</summary>
    public string Make(IMessage request, string cursor) => SealedToken.Seal(keys.PageTokens, Encoding.UTF8.GetBytes(cursor), Binding(request), random);

    /// <summary>The cursor of a request's page_token, or null for the first page.</summary>
    /// <exception cref="Grpc.Core.RpcException">PAGE_TOKEN_INVALID.</exception>
    public string? Read(IMessage request, string token) => token.Length == 0 ? null
        : SealedToken.Open(keys.PageTokens, token, Binding(request)) is { } cursor ? Encoding.UTF8.GetString(cursor)
        : throw RpcErrors.PageTokenInvalid();

    /// <summary>Everything of the request but the page's own fields; the size may change from page to page (AIP-158).</summary>
    private static byte[] Binding(IMessage request)
    {
        var copy = (IMessage)request.Descriptor.Parser.ParseFrom(request.ToByteArray());
        foreach (var name in (string[])["page_token", "page_size"])
            request.Descriptor.FindFieldByName(name)?.Accessor.Clear(copy);
        return [.. Encoding.UTF8.GetBytes(request.Descriptor.FullName), 0, .. copy.ToByteArray()];
    }
}
