using Donations.V1;

namespace Donations.Mailer;

/// <summary>Where the courier gets its mail: MailService over the network, or in development the outbox next door.</summary>
internal interface IMailSource
{
    /// <summary>Mails that are due, kept from others for a while. Fewer than asked for: nothing more is due.</summary>
    Task<IReadOnlyList<Mail>> LeaseAsync(int max, CancellationToken cancellationToken);

    /// <summary>Tells what became of one. Not cancellable: what was sent must be known.</summary>
    Task FinishAsync(string name, MailOutcome outcome);
}
