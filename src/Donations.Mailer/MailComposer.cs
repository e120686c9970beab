using Donations.V1;
using MimeKit;

namespace Donations.Mailer;

/// <summary>Makes the message of a mail. The sender is neutral, and nothing tells what software or machine sent it.</summary>
internal sealed class MailComposer(MailboxAddress from, TimeProvider time)
{
    public const string NamePrefix = "mails/";

    /// <summary>Part of every Message-ID, and what the mailer calls itself to a mail server.</summary>
    public string Domain => from.Domain;

    /// <summary>`Name &lt;mailbox@domain&gt;` or `mailbox@domain`.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static MailboxAddress ParseFrom(string text) => MailboxAddress.TryParse(text, out var from) && from.Domain.Length > 0
        ? from
        : throw new FormatException("must look like: Name <mailbox@example.org>");

    /// <summary>Sent twice, a mail has the same Message-ID both times, so that mailboxes can tell.</summary>
    /// <exception cref="FormatException">The address is none that mail can go to.</exception>
    public MimeMessage Compose(Mail mail, string address)
    {
        if (!MailboxAddress.TryParse(address, out var to) || to.Domain.Length == 0)
            throw new FormatException("Not an address");
        var texts = MailTexts.Render(mail.Template, mail.Locale, mail.Values ?? new());
        var message = new MimeMessage
        {
            MessageId = $"{mail.Name[NamePrefix.Length..]}@{Domain}",
            Date = time.GetUtcNow(),
            Subject = texts.Subject,
            Body = new BodyBuilder { TextBody = texts.Text, HtmlBody = texts.Html }.ToMessageBody(),
        };
        message.From.Add(from);
        message.To.Add(to);
        // RFC 3834: nobody's holiday note answers.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        if (mail.Values is { UnsubscribeUri: { Length: > 0 } unsubscribe })
        {
            // RFC 8058: mailboxes show a button of their own, which posts there.
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{unsubscribe}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        return message;
    }
}
