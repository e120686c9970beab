using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Donations.Mailer;

/// <summary>Somebody who can open what is sealed to them: a P-256 public key and a short id of it.</summary>
internal sealed class Recipient
{
    public const int IdBytes = 8;

    private Recipient(byte[] publicKey) => (PublicKey, Id) = (publicKey, SHA256.HashData(publicKey)[..IdBytes]);

    /// <summary>SubjectPublicKeyInfo (RFC 5280).</summary>
    public byte[] PublicKey { get; }

    public byte[] Id { get; }

    /// <exception cref="InvalidOperationException">It is not a P-256 public key.</exception>
    public static Recipient FromPublicKey(byte[] subjectPublicKeyInfo)
    {
        try
        {
            using var key = ECDiffieHellman.Create();
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            if (key.ExportParameters(false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
                throw new CryptographicException("Another curve");
        }
        catch (CryptographicException e)
        {
            throw new InvalidOperationException("Vault:PublicKeys must be P-256 public keys (SubjectPublicKeyInfo in base64). Refusing to start.", e);
        }

        return new(subjectPublicKeyInfo);
    }
}

/// <summary>
/// Public-key envelopes with nothing but the BCL: a fresh content key under AES-256-GCM, wrapped for each recipient by ECDH on
/// P-256 with a fresh key pair and HKDF-SHA256 (the shape of ECIES). Whoever holds only public keys can seal, not open.
/// Format: version, number of recipients, per recipient (id, length and bytes of the ephemeral key, wrapped key), nonce, text, tag.
/// </summary>
internal static class SealedBox
{
    private const byte Version = 1;
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private static readonly byte[] WrapInfo = "donations/sealed-box"u8.ToArray();

    /// <param name="plain">What only the recipients may read.</param>
    /// <param name="recipients">Who can open it.</param>
    /// <param name="random">Gives that many random bytes.</param>
    public static byte[] Seal(ReadOnlySpan<byte> plain, IReadOnlyList<Recipient> recipients, Func<int, byte[]> random)
    {
        var contentKey = random(KeyBytes);
        using var buffer = new MemoryStream();
        buffer.WriteByte(Version);
        buffer.WriteByte((byte)recipients.Count);
        foreach (var recipient in recipients)
            Wrap(buffer, contentKey, recipient);

        var nonce = random(NonceBytes);
        var cipher = new byte[plain.Length];
        var tag = new byte[TagBytes];
        using (var aes = new AesGcm(contentKey, TagBytes))
            aes.Encrypt(nonce, plain, cipher, tag, buffer.ToArray());
        buffer.Write(nonce);
        buffer.Write(cipher);
        buffer.Write(tag);
        CryptographicOperations.ZeroMemory(contentKey);
        return buffer.ToArray();
    }

    /// <exception cref="CryptographicException">It was not sealed to this key, or it was changed.</exception>
    public static byte[] Open(ReadOnlySpan<byte> box, ECDiffieHellman privateKey)
    {
        var mine = Recipient.FromPublicKey(privateKey.ExportSubjectPublicKeyInfo()).Id;
        if (box.Length < 2 || box[0] != Version)
            throw new CryptographicException("Not a sealed box");
        byte[]? contentKey = null;
        var at = 2;
        for (var i = 0; i < box[1]; i++)
        {
            var id = box.Slice(at, Recipient.IdBytes);
            var length = BinaryPrimitives.ReadUInt16BigEndian(box[(at + Recipient.IdBytes)..]);
            var ephemeral = box.Slice(at + Recipient.IdBytes + 2, length);
            var wrapped = box.Slice(at + Recipient.IdBytes + 2 + length, KeyBytes + TagBytes);
            if (id.SequenceEqual(mine))
                contentKey = Unwrap(ephemeral, wrapped, privateKey);
            at += Recipient.IdBytes + 2 + length + KeyBytes + TagBytes;
        }

        if (contentKey is null)
            throw new CryptographicException("Not sealed to this key");
        var plain = new byte[box.Length - at - NonceBytes - TagBytes];
        using var aes = new AesGcm(contentKey, TagBytes);
        aes.Decrypt(box.Slice(at, NonceBytes), box.Slice(at + NonceBytes, plain.Length), box[^TagBytes..], plain, box[..at]);
        return plain;
    }

    private static void Wrap(MemoryStream buffer, byte[] contentKey, Recipient recipient)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(recipient.PublicKey, out _);
        var ephemeralKey = ephemeral.ExportSubjectPublicKeyInfo();
        using var aes = new AesGcm(WrapKey(ephemeral, theirs.PublicKey, ephemeralKey), TagBytes);
        var wrapped = new byte[KeyBytes];
        var tag = new byte[TagBytes];
        // Each wrapping key is used once, so a nonce of zeros is safe.
        aes.Encrypt(new byte[NonceBytes], contentKey, wrapped, tag);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)ephemeralKey.Length);
        buffer.Write(recipient.Id);
        buffer.Write(length);
        buffer.Write(ephemeralKey);
        buffer.Write(wrapped);
        buffer.Write(tag);
    }

    private static byte[] Unwrap(ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> wrapped, ECDiffieHellman privateKey)
    {
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(ephemeral, out _);
        using var aes = new AesGcm(WrapKey(privateKey, theirs.PublicKey, ephemeral), TagBytes);
        var contentKey = new byte[KeyBytes];
        aes.Decrypt(new byte[NonceBytes], wrapped[..KeyBytes], wrapped[KeyBytes..], contentKey);
        return contentKey;
    }

    private static byte[] WrapKey(ECDiffieHellman mine, ECDiffieHellmanPublicKey theirs, ReadOnlySpan<byte> ephemeralKey) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, mine.DeriveRawSecretAgreement(theirs), KeyBytes, ephemeralKey.ToArray(), WrapInfo);
}
