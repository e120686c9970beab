using System.Security.Cryptography;
using System.Text;

namespace Donations.Mailer;

/// <summary>
/// The mailer's boundary: the one place where a sealed address is opened. It holds the private key, which in production is
/// only where the mailer runs; in development the server makes one for itself.
/// </summary>
internal sealed class ContactOpener : IDisposable
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create();

    /// <exception cref="CryptographicException">It is a key, but no private one on P-256.</exception>
    /// <exception cref="ArgumentException">It is no key.</exception>
    public ContactOpener(string privateKeyPem)
    {
        _key.ImportFromPem(privateKeyPem);
        if (_key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            throw new CryptographicException("Another curve");
    }

    /// <summary>The address, to be used and forgotten.</summary>
    /// <exception cref="CryptographicException">It was sealed to another key, or changed.</exception>
    public string Open(byte[] box) => Encoding.UTF8.GetString(SealedBox.Open(box, _key));

    public void Dispose() => _key.Dispose();
}
