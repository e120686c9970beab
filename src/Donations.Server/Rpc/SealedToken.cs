using System.Buffers.Text;
using System.Security.Cryptography;
using Donations.Server.Storage;

namespace Donations.Server.Rpc;

/// <summary>Bytes that others carry for us and can neither read nor change: AES-256-GCM, as base64url of nonce, cipher text and tag.</summary>
internal static class SealedToken
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MaxLength = 1024;

    /// <param name="key">32 bytes.</param>
    /// <param name="plain">What the token holds.</param>
    /// <param name="binding">What must be the same when it is opened.</param>
    /// <param name="random">For the nonce.</param>
    public static string Seal(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> binding, RandomSource random)
    {
        var token = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = token.AsSpan(0, NonceBytes);
        random.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, plain, token.AsSpan(NonceBytes, plain.Length), token.AsSpan(NonceBytes + plain.Length), binding);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>What a token holds; null where it was not sealed with this key and binding.</summary>
    public static byte[]? Open(byte[] key, string token, ReadOnlySpan<byte> binding)
    {
        if (token.Length > MaxLength || !Base64Url.IsValid(token))
            return null;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < NonceBytes + TagBytes)
            return null;
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes, plain.Length), bytes.AsSpan(NonceBytes + plain.Length), plain, binding);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
