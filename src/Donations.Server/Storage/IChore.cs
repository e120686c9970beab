namespace Donations.Server.Storage;

/// <summary>Something to look after now and then: bounded, restart-safe, one run at a time.</summary>
internal interface IChore
{
    /// <summary>At the earliest this long after the run before.</summary>
    TimeSpan Every { get; }

    Task RunAsync(CancellationToken cancellationToken);
}
