using Dapper;
using Donations.Server.Storage;

namespace Donations.Server.Donors;

/// <summary>
/// Contact details, in a file of their own, sealed to keys whose private halves are not here: this process can add, not read
/// back. Look-up by e-mail goes through a keyed blind index; the index key tells whether a guessed address is there, so it
/// lives in a file of its own (docs/donor-safety.md says what seizing each part yields).
/// </summary>
internal sealed class ContactVault(VaultFile file, ContactSealer sealer, TimeProvider time)
{
    private const int MaxFound = 100;

    /// <summary>Seals and keeps an address. Keyed by the operation that brings it, so that a retry keeps one row.</summary>
    public Task AddAsync(string contactId, string donorId, string pledgeId, string email)
    {
        var contact = sealer.Seal(email);
        var row = new { contactId, donorId, pledgeId, contact.Index, contact.Box, contact.KeyId, now = time.NowMicros() };
        return file.Database.WriteAsync(c => c.Execute(
            """
            INSERT INTO contacts (contact_id, donor_id, pledge_id, email_index, sealed_email, key_id, create_time_us)
            VALUES (@contactId, @donorId, @pledgeId, @Index, @Box, @KeyId, @now) ON CONFLICT (contact_id) DO NOTHING
            """,
            row));
    }

    /// <summary>Pledges that were made with this address, at most a hundred.</summary>
    public List<string> FindPledges(string email) => file.Database.Read(c => c.Query<string>(
        "SELECT pledge_id FROM contacts WHERE email_index = @index ORDER BY pledge_id DESC LIMIT @MaxFound", new { index = sealer.Index(email), MaxFound }).AsList());

    /// <summary>The sealed address of a pledge, for the mailer.</summary>
    public byte[]? FindSealed(string pledgeId) => file.Database.Read(c => c.QueryFirstOrDefault<byte[]>(
        "SELECT sealed_email FROM contacts WHERE pledge_id = @pledgeId", new { pledgeId }));

    /// <summary>Something@something without white space or control characters, at most 254 characters (RFC 5321).</summary>
    public static bool IsPlausible(string email)
    {
        var at = email.LastIndexOf('@');
        return email.Length <= 254 && at > 0 && at <= 64 && at < email.Length - 1 && !email.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';');
    }
}
