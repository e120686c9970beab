using System.Security.Cryptography;
using System.Text;
using Dapper;
using Donations.Mailer;
using Donations.Server.Storage;

namespace Donations.Server.Donors;

/// <summary>
/// Contact details, in a file of their own, sealed to keys whose private halves are not here: this process can add, not read
/// back. Look-up by e-mail goes through a keyed blind index; the index key tells whether a guessed address is there, so it
/// lives in a file of its own (docs/donor-safety.md says what seizing each part yields).
/// </summary>
internal sealed class ContactVault(Database database, IReadOnlyList<Recipient> recipients, byte[] indexKey, TimeProvider time, RandomSource random) : IAsyncDisposable
{
    private const int MaxFound = 100;

    /// <summary>Seals and keeps an address. Keyed by the operation that brings it, so that a retry keeps one row.</summary>
    public Task AddAsync(string contactId, string donorId, string pledgeId, string email)
    {
        var normal = Normalize(email);
        var row = new
        {
            contactId,
            donorId,
            pledgeId,
            index = Index(normal),
            box = SealedBox.Seal(Encoding.UTF8.GetBytes(normal), recipients, random.Bytes),
            keyId = Convert.ToHexStringLower(recipients[0].Id),
            now = time.NowMicros(),
        };
        return database.WriteAsync(c => c.Execute(
            """
            INSERT INTO contacts (contact_id, donor_id, pledge_id, email_index, sealed_email, key_id, create_time_us)
            VALUES (@contactId, @donorId, @pledgeId, @index, @box, @keyId, @now) ON CONFLICT (contact_id) DO NOTHING
            """,
            row));
    }

    /// <summary>Pledges that were made with this address, at most a hundred.</summary>
    public List<string> FindPledges(string email) => database.Read(c => c.Query<string>(
        "SELECT pledge_id FROM contacts WHERE email_index = @index ORDER BY pledge_id DESC LIMIT @MaxFound", new { index = Index(Normalize(email)), MaxFound }).AsList());

    /// <summary>The sealed address of a pledge, for the mailer.</summary>
    public byte[]? FindSealed(string pledgeId) => database.Read(c => c.QueryFirstOrDefault<byte[]>(
        "SELECT sealed_email FROM contacts WHERE pledge_id = @pledgeId", new { pledgeId }));

    /// <summary>Something@something without white space or control characters, at most 254 characters (RFC 5321).</summary>
    public static bool IsPlausible(string email)
    {
        var at = email.LastIndexOf('@');
        return email.Length <= 254 && at > 0 && at <= 64 && at < email.Length - 1 && !email.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';');
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    // The domain does not distinguish case; nearly no mailbox does either, and donors type both.
    private static string Normalize(string email) => email.Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();

    private byte[] Index(string normal) => HMACSHA256.HashData(indexKey, Encoding.UTF8.GetBytes(normal));
}
