using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Period.Types.State;

namespace Donations.Server.Ledger;

/// <summary>Something of another room that keeps a period from being closed.</summary>
internal interface IClosingObstacle
{
    /// <summary>Everything in the way of closing the books up to a time, in a few words each.</summary>
    IEnumerable<string> Find(SqliteConnection connection, long endMicros);
}

/// <summary>Closes months, in order: one person asks, a second one closes.</summary>
internal sealed class Closing(BookCalendar calendar, ChartOfAccounts chart, LedgerOptions options, LedgerGuard guard, IEnumerable<IClosingObstacle> obstacles, TimeProvider time)
{
    /// <summary>Everything that stands in the way of closing a period.</summary>
    public IReadOnlyList<string> Obstacles(SqliteConnection connection, int periodId)
    {
        var found = new List<string>();
        var end = calendar.StartOf(PeriodStore.FirstDay(PeriodStore.Next(periodId)));
        if (end > time.NowMicros())
            found.Add("the month is not over");
        if (guard.Why is not null)
            found.Add("the ledger is halted");
        foreach (var (currency, minor) in LedgerStore.BalanceOf(connection, chart.Code(Account.Suspense), PeriodStore.LastDay(periodId)).Where(b => b.Value != 0))
            found.Add($"suspense ({chart.Code(Account.Suspense)}) holds {new MinorAmount(minor, currency).ToDecimalString()} {currency}");
        foreach (var payout in PayoutStore.ListOpen(connection, end))
            found.Add($"payouts/{payout.PayoutId} is open: {payout.OpenReason ?? "its rows are not read yet"}");
        foreach (var proposal in ProposalStore.ListWaiting(connection, PeriodStore.LastDay(periodId)))
            found.Add($"{LedgerMapping.ProposalPrefix}{proposal.ProposalId} waits for a second person");
        found.AddRange(obstacles.SelectMany(o => o.Find(connection, end)));
        return found;
    }

    /// <summary>The unit of work of one person's call; answers with the period as it is then.</summary>
    public PeriodRow Close(SqliteConnection connection, int periodId, string by)
    {
        var name = LedgerMapping.PeriodName(periodId);
        if (!PeriodStore.Exists(connection, periodId))
            throw RpcErrors.NotFound(name);
        var period = PeriodStore.Find(connection, periodId);
        if (period.State == (long)State.Closed)
            throw RpcErrors.StateInvalid(name, "CLOSED", "is closed for good");
        if (PeriodStore.NextToClose(connection) is not { } next || next != periodId)
            throw RpcErrors.StateInvalid(name, "OPEN", $"{LedgerMapping.PeriodName(PeriodStore.NextToClose(connection) ?? periodId)} closes next");
        // What the same commit put into suspense counts.
        LedgerSums.Journal.Run(connection);
        if (Obstacles(connection, periodId) is { Count: > 0 } found)
            throw RpcErrors.PeriodNotReady(name, found);
        var now = time.NowMicros();
        if (period.State == (long)State.Open)
        {
            PeriodStore.Ask(connection, periodId, by, now);
            if (options.SecondPerson)
                return PeriodStore.Find(connection, periodId);
        }
        else if (options.SecondPerson && period.RequestedBy == by)
        {
            throw RpcErrors.SecondPersonNeeded(name);
        }

        PeriodStore.Close(connection, periodId, by, now);
        return PeriodStore.Find(connection, periodId);
    }

    public static PeriodRow Reopen(SqliteConnection connection, int periodId)
    {
        if (!PeriodStore.Exists(connection, periodId))
            throw RpcErrors.NotFound(LedgerMapping.PeriodName(periodId));
        var period = PeriodStore.Find(connection, periodId);
        if (period.State != (long)State.Closing)
            throw RpcErrors.StateInvalid(LedgerMapping.PeriodName(periodId), ((State)period.State).ToString().ToUpperInvariant(), "nobody asked to close it, or it is closed for good");
        PeriodStore.Withdraw(connection, periodId);
        return PeriodStore.Find(connection, periodId);
    }
}
