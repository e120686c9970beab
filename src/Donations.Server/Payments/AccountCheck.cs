using Donations.Server.Ledger;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>
/// Asks Stripe whose key it is, before anything is served: books of two accounts would be neither's. Where Stripe does not answer, or does not
/// let the key read its own account, the server starts, and asks again until it does.
/// </summary>
internal sealed partial class AccountCheck(Database database, IPaymentGateway gateway, StripeOptions options, LedgerGuard guard, TimeProvider time, ILogger<AccountCheck> log) : IHostedService, IChore
{
    /// <summary>A start waits for Stripe no longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private volatile bool _checked;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CheckAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e) when (e is OutcomeUnknownException or TimeoutException)
        {
            LogNotKnown(log, e.Message);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CheckAsync(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            guard.Halt(e.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (_checked)
            return;
        var account = new BooksAccount(await gateway.GetAccountIdAsync(cancellationToken), options.Mode == StripeMode.Live ? 1 : 0);
        await database.WriteAsync((SqliteConnection c) => BooksAccount.Fix(c, account, time.NowMicros()));
        _checked = true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe has not said whose key this is ({Why}): asking again")]
    private static partial void LogNotKnown(ILogger log, string why);
}
