using System.Security.Cryptography;
using System.Text;
using Donations.Mailer;
using Donations.Server.Storage;

namespace Donations.Server.Donors;

/// <summary>An address as the vault keeps it.</summary>
/// <param name="Index">Blind index, 32 bytes: the same for the same address, and tells nothing without the index key.</param>
/// <param name="Box">The address, sealed; only the mailer's key opens it.</param>
/// <param name="KeyId">Id of the first key that it is sealed to, in hexadecimal.</param>
internal sealed record SealedContact(byte[] Index, byte[] Box, string KeyId);

/// <summary>Seals addresses to keys whose private halves are not here, and makes the blind index that they are found by.</summary>
internal sealed class ContactSealer(IReadOnlyList<Recipient> recipients, byte[] indexKey, RandomSource random)
{
    public SealedContact Seal(string email)
    {
        var normal = Encoding.UTF8.GetBytes(Normalize(email));
        return new(HMACSHA256.HashData(indexKey, normal), SealedBox.Seal(normal, recipients, random.Bytes), Convert.ToHexStringLower(recipients[0].Id));
    }

    public byte[] Index(string email) => HMACSHA256.HashData(indexKey, Encoding.UTF8.GetBytes(Normalize(email)));

    // The domain does not distinguish case; nearly no mailbox does either, and donors type both.
    private static string Normalize(string email) => email.Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();
}
