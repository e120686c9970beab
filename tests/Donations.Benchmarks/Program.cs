using System.Globalization;
using Donations.Benchmarks;
using Donations.Benchmarks.Books;

// Each figure is a ratio measured in one run: the limit and our code in turns, on this machine, now (docs/quality.md).
var rounds = Number("--rounds", 3);
var payments = Number("--payments", 1_000_000);
var books = new GeneratedBooks(Option("--cache") ?? Path.Combine(Path.GetTempPath(), "donations-books"));
Dictionary<string, (string What, Func<Task> Run)> benchmarks = new()
{
    ["p1"] = ("SelectAppeal beside a bare gRPC method that returns the same bytes", () => SelectAppealBenchmark.RunAsync(rounds)),
    ["p2"] = ("CreatePledge, durable, beside the same rows by group commit in a bare loop", () => CreatePledgeBenchmark.RunAsync(rounds)),
    ["p3"] = ("a webhook accepted (signature, durable inbox, 200) beside a bare HTTP/1.1 endpoint", () => WebhookBenchmark.RunAsync(rounds)),
    ["p4"] = ("webhooks applied (payment, settlement, ledger) beside the same rows by group commit in a bare loop", () => ApplyBenchmark.RunAsync(rounds)),
    ["reports"] = ("P5: each summary report beside its roll-up read bare", () => ReportBenchmark.RunAsync(books, payments, rounds)),
    ["export"] = ("P6: contribution detail as CSV (and XLSX) beside a bare SELECT", () => ExportBenchmark.RunAsync(books, payments, rounds)),
    ["growth"] = ("P7: the same operations on the books of 10 thousand pledges and on --payments", () => GrowthBenchmark.RunAsync(books, payments, rounds)),
    ["books"] = ("makes the file of --payments, and checks its hashes", () => books.VerifyAsync(payments)),
};
var names = args.Where(benchmarks.ContainsKey).Distinct().ToList();
if (names.Count == 0 || args.Contains("--help"))
{
    Console.WriteLine("dotnet run -c Release --project tests/Donations.Benchmarks -- NAME... [--rounds N] [--payments N] [--cache DIRECTORY]");
    foreach (var (name, (what, _)) in benchmarks)
        Console.WriteLine($"  {name,-8}  {what}");
    Console.WriteLine("--payments: 1,000,000 by default. Their file is made once and kept in --cache (default: donations-books beside other temporary files).");
    return names.Count == 0 && !args.Contains("--help") ? 2 : 0;
}

foreach (var name in names)
    await benchmarks[name].Run();
return 0;

string? Option(string name) => args.SkipWhile(a => a != name).Skip(1).FirstOrDefault();

int Number(string name, int otherwise) => Option(name) is { } text ? int.Parse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
