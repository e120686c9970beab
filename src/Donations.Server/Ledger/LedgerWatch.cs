using Donations.Server.Storage;

namespace Donations.Server.Ledger;

/// <summary>
/// Looks after the chain: verifies its tail before anything is served, all of it in the background and then every day, and seals about
/// once a second. What does not verify stops money writes.
/// </summary>
internal sealed partial class LedgerWatch(Database database, ChartOfAccounts chart, BookCalendar calendar, LedgerChain chain, LedgerGuard guard, TimeProvider time, ILogger<LedgerWatch> log) : BackgroundService
{
    /// <summary>Blocks at the end that are verified before the server listens: minutes of a busy day.</summary>
    private const int TailBlocks = 100;

    private const int StepBlocks = 50;
    private static readonly TimeSpan SealEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VerifyEvery = TimeSpan.FromDays(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.WriteAsync(chart.Fix);
        if (database.Read(c => LedgerStore.AnyBefore(c, calendar.OpeningMicros), cancellationToken))
            throw new InvalidOperationException("Ledger:OpeningDate is for new books, and these have entries from before it. Refusing to start.");
        await chain.AdoptAsync();
        var last = database.Read(LedgerChain.LastBlock, cancellationToken)?.BlockId ?? 0;
        guard.Judge(chain.Verify(Math.Max(1, last - TailBlocks + 1), TailBlocks + 1, cancellationToken));
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Verifies everything, a step at a time; a failure stops money writes.</summary>
    public async Task<Verified> VerifyAllAsync(CancellationToken cancellationToken)
    {
        var (next, entries) = (1L, 0L);
        while (true)
        {
            var found = chain.Verify(next, StepBlocks, cancellationToken);
            entries += found.Entries;
            guard.Judge(found);
            if (found.NextBlockId is not { } more || found.Failure is not null)
                return found with { Entries = entries };
            next = more;
            await Task.Yield();
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        LoopAsync(SealEvery, async () => { while (guard.Why is null && await chain.SealAsync()) { } }, stoppingToken),
        LoopAsync(VerifyEvery, () => VerifyAllAsync(stoppingToken), stoppingToken));

    private async Task LoopAsync(TimeSpan every, Func<Task> step, CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await step();
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(log, e.GetType().Name, e.StackTrace ?? "");
            }

            await Task.Delay(every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The ledger's watch failed: {Failure} {Stack}")]
    private static partial void LogFailed(ILogger log, string failure, string stack);
}
