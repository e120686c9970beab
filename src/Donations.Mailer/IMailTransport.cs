using Donations.V1;
using MimeKit;

namespace Donations.Mailer;

/// <summary>Where messages go.</summary>
internal interface IMailTransport : IAsyncDisposable
{
    /// <summary>Makes sure that messages can be sent.</summary>
    /// <exception cref="MailTransportException">They cannot.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Sends one message; what its mailbox does not take is an outcome.</summary>
    /// <exception cref="MailTransportException">It is not about this message: none can be sent now.</exception>
    Task<MailOutcome> SendAsync(string mailId, MimeMessage message, CancellationToken cancellationToken);

    /// <summary>Nothing more for now.</summary>
    Task CloseAsync();
}

/// <summary>No mail can be sent now. The text names no recipient.</summary>
internal sealed class MailTransportException(string message, Exception? inner = null) : Exception(message, inner);
