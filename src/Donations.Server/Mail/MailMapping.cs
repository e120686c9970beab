using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Google.Type;
using State = Donations.V1.Mail.Types.State;

namespace Donations.Server.Mail;

/// <summary>Mails as the contract shows them.</summary>
internal static class MailMapping
{
    public const string Prefix = "mails/";

    /// <summary>A mail for whoever may send it, with its sealed address.</summary>
    public static V1.Mail ToLeased(MailRow row, byte[] sealedAddress, string manageUrl)
    {
        var mail = ToMail(row);
        mail.SealedAddress = ByteString.CopyFrom(sealedAddress);
        mail.Values = ToValues(LetterValues.FromJson(row.LetterValues), (MailTemplate)row.Template == MailTemplate.Receipt ? "" : manageUrl);
        return mail;
    }

    /// <summary>A reminder for whoever may send it.</summary>
    public static V1.Mail ToReminder(MailRow row, byte[] sealedAddress, string giveUrl, string unsubscribeUri)
    {
        var mail = ToMail(row);
        mail.SealedAddress = ByteString.CopyFrom(sealedAddress);
        mail.Values = new()
        {
            GiveUri = giveUrl.Replace(MailOptions.CampaignPlace, LetterValues.FromJson(row.LetterValues).CampaignId, StringComparison.Ordinal),
            UnsubscribeUri = unsubscribeUri,
        };
        return mail;
    }

    /// <summary>A mail without values and address.</summary>
    public static V1.Mail ToMail(MailRow row) => new()
    {
        Name = Prefix + row.MailId,
        Template = (MailTemplate)row.Template,
        Locale = row.Locale,
        AttemptCount = (int)row.Attempts,
        State = (State)row.State,
        LeaseExpireTime = (State)row.State == State.Leased ? UnixMicros.ToTimestamp(row.DueTimeUs) : null,
    };

    private static MailValues ToValues(LetterValues values, string manageUrl) => new()
    {
        Reference = values.Reference,
        Amount = values is { AmountMinor: { } minor, Currency: { } currency } ? new MinorAmount(minor, currency).ToWire() : null,
        PayDate = ToDate(values.PayTimeUs),
        NextPaymentDate = ToDate(values.NextPaymentTimeUs),
        FailureReason = values.FailureReason ?? "",
        CardExpireDate = values is { CardExpireYear: { } year, CardExpireMonth: { } month } ? new() { Year = year, Month = month } : null,
        EndDate = ToDate(values.EndTimeUs),
        ManageUri = manageUrl,
    };

    private static Date? ToDate(long? micros)
    {
        if (micros is not { } m)
            return null;
        var day = UnixMicros.ToDateTimeOffset(m);
        return new() { Year = day.Year, Month = day.Month, Day = day.Day };
    }
}
