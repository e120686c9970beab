using System.Security.Cryptography;
using Donations.V1;

namespace Donations.Mailer;

/// <summary>What a round brought.</summary>
/// <param name="Sent">Mails that were taken.</param>
/// <param name="PutOff">Mails to be tried again.</param>
/// <param name="Failed">Mails that will not be tried again.</param>
/// <param name="Problem">The last thing that went wrong, without any address; null: nothing.</param>
internal sealed record DeliveryCounts(int Sent = 0, int PutOff = 0, int Failed = 0, string? Problem = null)
{
    public DeliveryCounts With(MailOutcome outcome, string? problem) => outcome switch
    {
        MailOutcome.Sent => this with { Sent = Sent + 1 },
        MailOutcome.FailedTemporarily => this with { PutOff = PutOff + 1, Problem = problem ?? Problem },
        _ => this with { Failed = Failed + 1, Problem = problem ?? Problem },
    };
}

/// <summary>
/// Takes mails, opens each address, sends, tells what became of it, and forgets. A transport that does not work puts off the
/// mails in hand once, and takes no more before it works again.
/// </summary>
internal sealed class Courier(IMailSource source, ContactOpener opener, MailComposer composer, IMailTransport transport)
{
    private const int Batch = 20;
    private bool _mustOpen;

    /// <summary>Sends everything that is due.</summary>
    /// <exception cref="MailTransportException">The transport did not work before and still does not: nothing was taken.</exception>
    public async Task<DeliveryCounts> DeliverAsync(IProgress<DeliveryCounts>? progress, CancellationToken cancellationToken)
    {
        var counts = new DeliveryCounts();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                if (_mustOpen)
                    await transport.OpenAsync(cancellationToken);
                _mustOpen = false;
                var mails = await source.LeaseAsync(Batch, cancellationToken);
                foreach (var mail in mails)
                {
                    // What is not begun goes back by itself when its lease ends.
                    if (cancellationToken.IsCancellationRequested)
                        break;
                    var (outcome, problem) = await SendAsync(mail);
                    await source.FinishAsync(mail.Name, outcome);
                    counts = counts.With(outcome, problem);
                    progress?.Report(counts);
                }

                if (mails.Count < Batch || _mustOpen)
                    break;
            }

            return counts;
        }
        finally
        {
            await transport.CloseAsync();
        }
    }

    /// <summary>A send that has begun runs to its end or to the transport's own limit: cut short, nobody would know.</summary>
    private async Task<(MailOutcome Outcome, string? Problem)> SendAsync(Mail mail)
    {
        if (_mustOpen)
            return (MailOutcome.FailedTemporarily, null);
        try
        {
            var message = composer.Compose(mail, opener.Open(mail.SealedAddress.ToByteArray()));
            var outcome = await transport.SendAsync(mail.Name[MailComposer.NamePrefix.Length..], message, CancellationToken.None);
            return (outcome, outcome == MailOutcome.Sent ? null : "A mailbox did not take its mail");
        }
        catch (MailTransportException e)
        {
            _mustOpen = true;
            return (MailOutcome.FailedTemporarily, e.Message);
        }
        catch (CryptographicException)
        {
            // More likely a wrong key file than a broken box: failing for good would lose every mail.
            return (MailOutcome.FailedTemporarily, "An address is not sealed to this key");
        }
        catch (FormatException)
        {
            return (MailOutcome.FailedForGood, "An address is none that mail can go to");
        }
        catch (NotSupportedException e)
        {
            return (MailOutcome.FailedTemporarily, $"{e.Message}: this mailer is older than the server");
        }
    }
}
