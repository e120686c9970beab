using Donations.Server.Rpc;

namespace Donations.Server.Ledger;

/// <summary>The books cannot be trusted: nothing is written into them until somebody has looked.</summary>
internal sealed class LedgerHaltedException(string why) : OutcomeUnknownException($"The ledger is halted: {why}", null);

/// <summary>
/// Stops money writes once the books do not verify. Reads, cancellations and Stripe's webhooks (into the inbox) go on; what would post waits.
/// </summary>
internal sealed partial class LedgerGuard(ILogger<LedgerGuard> log)
{
    private volatile string? _why;

    /// <summary>Why money writes have stopped; null while they have not.</summary>
    public string? Why => _why;

    public void Halt(string why)
    {
        if (_why is not null)
            return;
        _why = why;
        LogHalted(log, why);
    }

    /// <summary>Stops money writes where a verification failed, and names how far the books are good.</summary>
    public void Judge(Verified found)
    {
        if (found.Failure is { } failure)
            Halt($"{failure}; all is good up to {LedgerMapping.EntryName(found.LastGoodEntryId)}");
    }

    /// <exception cref="LedgerHaltedException">Money writes have stopped.</exception>
    public void ThrowIfHalted()
    {
        if (_why is { } why)
            throw new LedgerHaltedException(why);
    }

    /// <summary>The same for a call that would start something: it hears so before anything is asked of anybody.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE, LEDGER_HALTED.</exception>
    public void RefuseIfHalted()
    {
        if (_why is not null)
            throw RpcErrors.LedgerHalted();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "MONEY WRITES HAVE STOPPED: {Why}. See docs/operations.md, \"When the ledger halts\"")]
    private static partial void LogHalted(ILogger log, string why);
}
