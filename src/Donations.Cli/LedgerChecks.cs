using System.CommandLine;
using Donations.V1;
using Google.Protobuf.Collections;

namespace Donations.Cli;

/// <summary>`donations ledger check` and `ledger rollups`: whether the books hold what they promise.</summary>
internal static class LedgerChecks
{
    public static Command Check(ServerOptions server)
    {
        var command = new Command("check", "Check the invariants of the books now, and Stripe's balance against account 1010. Exit code 1 when something is wrong. Example: donations ledger check");
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var found = await new LedgerService.LedgerServiceClient(channel).CheckBooksAsync(new(), headers, cancellationToken: cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var invariant in found.Invariants)
                output.WriteLine($"{(invariant.ViolationCount == 0 ? "ok   " : "WRONG")} {invariant.Invariant}: {invariant.Description}{(invariant.ViolationCount == 0 ? "" : $"; {invariant.ViolationCount} times: {string.Join(", ", invariant.Violations)}")}");
            foreach (var balance in found.Balances)
                output.WriteLine($"{(IsZero(balance) ? "ok   " : "WRONG")} {balance.Clearing.CurrencyCode}: account 1010 has {Cells.Decimal(balance.Clearing)}, Stripe {Cells.Decimal(balance.Available)} available and {Cells.Decimal(balance.Pending)} pending{(IsZero(balance) ? "" : $", difference {Cells.Decimal(balance.Difference)}")}");
            if (found.Balances.Count == 0)
                parsed.InvocationConfiguration.Error.WriteLine("Stripe's balance did not stand still long enough to be compared, or is nothing: run it again");
            return found.Invariants.All(i => i.ViolationCount == 0) && found.Balances.All(IsZero) ? 0 : CliException.Failed;
        }));
        return command;
    }

    public static Command RollUps(ServerOptions server)
    {
        var verify = new Command("verify", "Compare the sums that reports read with the rows that they sum. Exit code 1 when they differ. Example: donations ledger rollups verify");
        verify.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
            Tell(parsed, (await new LedgerService.LedgerServiceClient(channel).VerifyRollUpsAsync(new(), headers, cancellationToken: cancellationToken)).RollUps)));
        var rebuild = new Command("rebuild", "Compute those sums anew, and compare. Writes wait meanwhile. Example: donations ledger rollups rebuild");
        rebuild.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
            Tell(parsed, (await new LedgerService.LedgerServiceClient(channel).RebuildRollUpsAsync(new(), headers, cancellationToken: cancellationToken)).RollUps)));
        return new("rollups", "The sums that reports read. Example: donations ledger rollups verify") { verify, rebuild };
    }

    private static bool IsZero(BalanceCheck balance) => balance.Difference is { Units: 0, Nanos: 0 };

    private static int Tell(ParseResult parsed, RepeatedField<RollUpCheck> checks)
    {
        foreach (var check in checks)
            parsed.InvocationConfiguration.Output.WriteLine($"{(check.DifferenceCount == 0 ? "ok   " : "WRONG")} {check.RollUp}: {check.RowCount} rows{(check.DifferenceCount == 0 ? "" : $", {check.DifferenceCount} differ: `donations ledger rollups rebuild`")}");
        return checks.All(c => c.DifferenceCount == 0) ? 0 : CliException.Failed;
    }
}
