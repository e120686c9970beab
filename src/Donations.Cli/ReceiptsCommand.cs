using System.CommandLine;
using Donations.V1;
using Google.Protobuf;
using Client = Donations.V1.ReceiptService.ReceiptServiceClient;

namespace Donations.Cli;

/// <summary>`donations receipts`: receipts and annual statements, for support.</summary>
internal static class ReceiptsCommand
{
    private const int DefaultLimit = 50;
    private const string Statements = "/annualStatements/";

    public static Command Create()
    {
        var server = new ServerOptions("support");
        var command = new Command(
            "receipts",
            """
            Receipts of payments and donors' annual statements. A document is named by its payment, or as donors/.../annualStatements/2026.
            Examples:
              donations receipts issue payments/06h0vntm7p --output receipt.html
              donations receipts list --number R-2026-000123
              donations receipts reissue 06h0vntm7p --reason "address of the organisation has changed"
            """)
        {
            Issue(server), Show(server), Reissue(server), List(server),
        };
        server.AddTo(command);
        return command;
    }

    private static Command Issue(ServerOptions server)
    {
        var (document, locale, output) = (DocumentArgument(), LocaleOption(), OutputOption());
        var command = new Command("issue", "Issue a document as it stands today, or show the version there is where nothing has changed. Example: donations receipts issue 06h0vntm7p --output receipt.html") { document, locale, output };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var (client, name, language) = (new Client(channel), Name(parsed.GetValue(document)!), parsed.GetValue(locale)!);
            await WriteAsync(
                parsed,
                output,
                IsStatement(name) ? await client.IssueAnnualStatementAsync(new() { Name = name, Locale = language }, headers, cancellationToken: cancellationToken)
                    : await client.IssueReceiptAsync(new() { Name = name, Locale = language }, headers, cancellationToken: cancellationToken));
        }));
        return command;
    }

    private static Command Show(ServerOptions server)
    {
        var (document, locale, output) = (DocumentArgument(), LocaleOption(), OutputOption());
        var version = new Option<int>("--version") { Description = "Which version; default: the newest" };
        var command = new Command("show", "Show a document as it was issued. Example: donations receipts show 06h0vntm7p --version 1 --output receipt.html") { document, version, locale, output };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var (client, name, language) = (new Client(channel), Name(parsed.GetValue(document)!), parsed.GetValue(locale)!);
            await WriteAsync(
                parsed,
                output,
                IsStatement(name) ? await client.GetAnnualStatementAsync(new() { Name = name, Locale = language, Version = parsed.GetValue(version) }, headers, cancellationToken: cancellationToken)
                    : await client.GetReceiptAsync(new() { Name = name, Locale = language, Version = parsed.GetValue(version) }, headers, cancellationToken: cancellationToken));
        }));
        return command;
    }

    private static Command Reissue(ServerOptions server)
    {
        var (document, locale, output) = (DocumentArgument(), LocaleOption(), OutputOption());
        var reason = new Option<string>("--reason") { Description = "Why, for the log, which is kept for good: nobody's name or address", Required = true };
        var requestId = new Option<string?>("--request-id") { Description = "UUID version 4: with the one of a try whose answer was lost, its answer" };
        var command = new Command("reissue", "Make the next version, with today's details of the organisation. Example: donations receipts reissue 06h0vntm7p --reason \"new registration number\"") { document, reason, requestId, locale, output };
        command.SetAction((parsed, cancellationToken) =>
        {
            var (name, id) = (Name(parsed.GetValue(document)!), parsed.GetValue(requestId) ?? ResourceNames.NewRequestId());
            parsed.InvocationConfiguration.Error.WriteLine($"Reissuing as --request-id {id}");
            return server.RunAsync(parsed, async (channel, headers) =>
            {
                var (client, why, language) = (new Client(channel), parsed.GetValue(reason)!, parsed.GetValue(locale)!);
                await WriteAsync(
                    parsed,
                    output,
                    IsStatement(name) ? await client.ReissueAnnualStatementAsync(new() { Name = name, Reason = why, RequestId = id, Locale = language }, headers, cancellationToken: cancellationToken)
                        : await client.ReissueReceiptAsync(new() { Name = name, Reason = why, RequestId = id, Locale = language }, headers, cancellationToken: cancellationToken));
            });
        });
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var number = new Option<string>("--number") { Description = "Only this number, R-2026-000123", DefaultValueFactory = _ => "" };
        var document = new Option<string>("--document") { Description = "Only versions of this document", DefaultValueFactory = _ => "" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List the log of versions, newest first. Example: donations receipts list --number R-2026-000123") { number, document, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            var of = parsed.GetValue(document)!;
            var versions = await Listing.PagesAsync<ReceiptVersion>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListReceiptVersionsAsync(
                    new() { Number = parsed.GetValue(number)!, Document = of.Length == 0 ? "" : Name(of), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.ReceiptVersions, page.NextPageToken);
            });
            listing.Write(parsed, versions, ["issue_time", "number", "version", "cause", "actor", "reason", "document"], ["number", "version", "cause", "actor"], "");
        }));
        return command;
    }

    /// <summary>A payment's id or name is its receipt.</summary>
    private static string Name(string typed)
    {
        var name = ResourceNames.Full("payments/", typed);
        return name.StartsWith("payments/", StringComparison.Ordinal) && name.IndexOf('/') == name.LastIndexOf('/') ? name + "/receipt" : name;
    }

    private static bool IsStatement(string name) => name.Contains(Statements, StringComparison.Ordinal);

    private static Argument<string> DocumentArgument() => new("document") { Description = "A payment, or donors/.../annualStatements/YEAR" };

    private static Option<string> LocaleOption() => new("--locale") { Description = "en or ru; default: the pledge's", DefaultValueFactory = _ => "" };

    private static Option<string?> OutputOption() => new("--output") { Description = "File for the page (HTML)" };

    private static async Task WriteAsync(ParseResult parsed, Option<string?> output, IMessage message)
    {
        var (number, version, html, net) = message switch
        {
            Receipt receipt => (receipt.Number, receipt.Version, receipt.Html, $"{Cells.Decimal(receipt.NetAmount)} {receipt.NetAmount.CurrencyCode}"),
            AnnualStatement statement => (statement.Number, statement.Version, statement.Html, string.Join(", ", statement.Totals.Select(t => $"{Cells.Decimal(t.NetAmount)} {t.NetAmount.CurrencyCode}"))),
            _ => throw new ArgumentException(message.Descriptor.Name, nameof(message)),
        };
        if (parsed.GetValue(output) is { } path)
            await AtomicFile.WriteAsync(path, async file => await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(html)));
        parsed.InvocationConfiguration.Output.WriteLine($"{number} version {version}, {net}");
    }
}
