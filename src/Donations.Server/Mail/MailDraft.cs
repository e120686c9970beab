using System.Text.Json;
using System.Text.Json.Serialization;
using Donations.V1;

namespace Donations.Server.Mail;

/// <summary>Whose pledge a mail is about. No address: that stays in the vault.</summary>
/// <param name="PledgeId">The pledge.</param>
/// <param name="DonorId">Its donor.</param>
/// <param name="Reference">Its public reference, `P-…`.</param>
/// <param name="Locale">The donor's BCP-47 tag; null: the default.</param>
internal sealed record LetterTo(string PledgeId, string DonorId, string Reference, string? Locale);

/// <summary>What a text shows. Only what is safe to lie in the main database: no address, no secret, no card number.</summary>
internal sealed record LetterValues
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public required string Reference { get; init; }

    /// <summary>Minor units of <see cref="Currency"/>.</summary>
    public long? AmountMinor { get; init; }

    public string? Currency { get; init; }

    public long? PayTimeUs { get; init; }

    public long? NextPaymentTimeUs { get; init; }

    public string? FailureReason { get; init; }

    public int? CardExpireYear { get; init; }

    public int? CardExpireMonth { get; init; }

    public long? EndTimeUs { get; init; }

    /// <summary>Id of the campaign that a reminder is about.</summary>
    public string? CampaignId { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static LetterValues FromJson(string json) => JsonSerializer.Deserialize<LetterValues>(json, Json)!;
}

/// <summary>A mail to be queued; made by <see cref="Letters"/>.</summary>
internal sealed record MailDraft
{
    public required MailTemplate Template { get; init; }

    public required LetterTo To { get; init; }

    /// <summary>The reminder whose address the mail goes to; null: it goes to the pledge's.</summary>
    public string? ReminderId { get; init; }

    public required LetterValues Values { get; init; }

    /// <summary>Names the fact that the mail tells: a fact is told once.</summary>
    public required string DedupeKey { get; init; }

    /// <summary>After this the mail helps nobody, and is dropped.</summary>
    public required long ExpireTimeUs { get; init; }

    /// <summary>Not sent before; null: at once.</summary>
    public long? NotBeforeUs { get; init; }
}
