using Donations.Mailer;
using Donations.Server.Donors;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Mail;

/// <summary>The mailer of development, where its key lies beside the vault anyway: the same courier as in production, between the outbox and a directory of .eml files.</summary>
internal sealed partial class DevelopmentMailer(MailPost post, MailOutbox outbox, DataDirectory data, MailOptions options, TimeProvider time, ILogger<DevelopmentMailer> log) : BackgroundService, IMailSource
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _oneRun = new(1, 1);
    private ContactOpener? _opener;
    private Courier? _courier;

    /// <summary>Where the messages are.</summary>
    public string MailDirectory { get; } = Path.GetFullPath(options.Directory, data.Path);

    /// <summary>Sends everything that is due.</summary>
    public async Task<DeliveryCounts> DeliverAsync(CancellationToken cancellationToken)
    {
        await _oneRun.WaitAsync(cancellationToken);
        try
        {
            return FindCourier() is { } courier ? await courier.DeliverAsync(progress: null, cancellationToken) : new();
        }
        finally
        {
            _oneRun.Release();
        }
    }

    async Task<IReadOnlyList<V1.Mail>> IMailSource.LeaseAsync(int max, CancellationToken cancellationToken) => await post.LeaseAsync(max, MailPost.DefaultLease, cancellationToken);

    Task IMailSource.FinishAsync(string name, MailOutcome outcome) => outbox.FinishAsync(name[MailMapping.Prefix.Length..], outcome);

    public override void Dispose()
    {
        _opener?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Start-up goes on meanwhile.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await DeliverAsync(stoppingToken) is { Sent: var sent, Problem: var problem } && (sent > 0 || problem is not null))
                    LogDelivered(log, sent, problem ?? "");
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(log, e.GetType().Name);
            }

            await Task.Delay(Tick, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Null where contacts are sealed to keys that are not here.</summary>
    private Courier? FindCourier()
    {
        var key = data.Key(DonorsModule.DevelopmentMailerKey);
        if (_courier is not null || !File.Exists(key))
            return _courier;
        _opener = new(File.ReadAllText(key));
        return _courier = new(this, _opener, new(MailComposer.ParseFrom(options.From), time), new DirectoryTransport(MailDirectory, time));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Wrote {Sent} mails {Problem}")]
    private static partial void LogDelivered(ILogger log, int sent, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The mailer failed: {Failure}")]
    private static partial void LogFailed(ILogger log, string failure);
}
