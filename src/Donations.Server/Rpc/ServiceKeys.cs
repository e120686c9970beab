using System.Security.Cryptography;
using System.Text;
using Donations.Server.Storage;

namespace Donations.Server.Rpc;

/// <summary>
/// The installation's secret (32 bytes in a file that only the service's user reads) and the keys derived from it, one
/// per purpose (HKDF-SHA256, RFC 5869). In development the file is made at the first start; elsewhere it must be there.
/// </summary>
internal sealed class ServiceKeys
{
    private const int KeyBytes = 32;

    private ServiceKeys(byte[] secret)
    {
        PageTokens = Derive(secret, "page-tokens");
        RequestDigests = Derive(secret, "request-digests");
        DonorTokens = Derive(secret, "donor-tokens");
        CardHashes = Derive(secret, "card-hashes");
        PreviewTokens = Derive(secret, "preview-tokens");
        UnsubscribeTokens = Derive(secret, "unsubscribe-tokens");
    }

    public byte[] PageTokens { get; }

    public byte[] RequestDigests { get; }

    public byte[] DonorTokens { get; }

    public byte[] CardHashes { get; }

    public byte[] PreviewTokens { get; }

    public byte[] UnsubscribeTokens { get; }

    public static ServiceKeys Load(string path, bool mayCreate, RandomSource random) => new(KeyFile.Load(path, KeyBytes, mayCreate, random));

    private static byte[] Derive(byte[] secret, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyBytes, info: Encoding.UTF8.GetBytes("donations/" + purpose));
}
