using Donations.Benchmarks;

// Each figure is a ratio measured in one run: the limit and our code in turns, on this machine, now (docs/quality.md).
var rounds = args.SkipWhile(a => a != "--rounds").Skip(1).Select(int.Parse).FirstOrDefault(3);
var names = args.Where(a => a is "p1" or "p2" or "p3" or "p4").ToHashSet();
if (names.Count == 0 || args.Contains("--help"))
{
    Console.WriteLine("dotnet run -c Release --project tests/Donations.Benchmarks -- p1 p2 p3 p4 [--rounds N]");
    Console.WriteLine("  p1  SelectAppeal beside a bare gRPC method that returns the same bytes");
    Console.WriteLine("  p2  CreatePledge, durable, beside the same rows by group commit in a bare loop");
    Console.WriteLine("  p3  a webhook accepted (signature, durable inbox, 200) beside a bare HTTP/1.1 endpoint");
    Console.WriteLine("  p4  webhooks applied (payment, settlement, ledger) beside the same rows by group commit in a bare loop");
    return names.Count == 0 && !args.Contains("--help") ? 2 : 0;
}

if (names.Contains("p1"))
    await SelectAppealBenchmark.RunAsync(rounds);
if (names.Contains("p2"))
    await CreatePledgeBenchmark.RunAsync(rounds);
if (names.Contains("p3"))
    await WebhookBenchmark.RunAsync(rounds);
if (names.Contains("p4"))
    await ApplyBenchmark.RunAsync(rounds);
return 0;
