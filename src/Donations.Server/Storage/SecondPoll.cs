namespace Donations.Server.Storage;

/// <summary>Has something in memory before the server listens, and looks every second for what other processes changed. What is in memory stays good where a look fails: it is tried again a second later.</summary>
internal abstract partial class SecondPoll(TimeProvider time, ILogger log) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected TimeProvider Time => time;

    /// <summary>Before the server listens; what fails here stops the start.</summary>
    protected abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Every second; cheap where nothing changed.</summary>
    protected abstract void Refresh();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Poll();
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Poll()
    {
        try
        {
            Refresh();
        }
        catch (Exception e)
        {
            LogFailed(log, GetType().Name, e.GetType().Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Poll} failed ({Type}), and is tried again")]
    private static partial void LogFailed(ILogger log, string poll, string type);
}
