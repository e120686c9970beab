using System.CommandLine;
using Donations.V1;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>`donations ledger verify`: the whole chain of the books, a step at a time.</summary>
internal static class LedgerCommand
{
    private const int StepBlocks = 200;

    public static Command Create()
    {
        var server = new ServerOptions("finance");
        var verify = new Command("verify", "Verify every entry, every block and the head outside the database. Exit code 1 when something is wrong: money writes stop then. Example: donations ledger verify");
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            var (entries, last) = (0L, new VerifyLedgerResponse());
            await server.RunAsync(parsed, async (channel, headers) =>
            {
                var client = new LedgerService.LedgerServiceClient(channel);
                await Terminal.Error(parsed).Progress().StartAsync(async progress =>
                {
                    var task = progress.AddTask("Verifying");
                    do
                    {
                        last = await client.VerifyLedgerAsync(new() { Block = last.NextBlock, MaxBlocks = StepBlocks }, headers, cancellationToken: cancellationToken);
                        entries += last.EntryCount;
                        task.MaxValue = Math.Max(1, last.BlockCount);
                        task.Value = last.NextBlock == 0 ? task.MaxValue : last.NextBlock - 1;
                    }
                    while (last.NextBlock != 0 && last.Failure.Length == 0);
                });
            });
            var upTo = last.LastGoodEntry.Length == 0 ? "" : $", good up to {last.LastGoodEntry}";
            parsed.InvocationConfiguration.Output.WriteLine(last.Failure.Length == 0 ? $"{entries} entries in {last.BlockCount} blocks are sound{upTo}" : $"WRONG: {last.Failure}{upTo}");
            if (last.HaltReason.Length > 0)
                parsed.InvocationConfiguration.Error.WriteLine($"Money writes have stopped: {last.HaltReason}");
            return last.Failure.Length + last.HaltReason.Length == 0 ? 0 : CliException.Failed;
        });
        var command = new Command("ledger", "The books: whether they are sound. Examples: donations ledger verify; donations ledger check") { verify, LedgerChecks.Check(server), LedgerChecks.RollUps(server) };
        server.AddTo(command);
        return command;
    }
}
