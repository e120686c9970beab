using System.CommandLine;
using System.CommandLine.Parsing;
using Donations.V1;
using Period = Donations.V1.GetPeriodSummaryRequest.Types.Period;

namespace Donations.Cli.Reports;

/// <summary>The options of `donations report`, and which of them a report heeds.</summary>
internal sealed class ReportOptions
{
    private const string ZoneVariable = "DONATIONS_TIME_ZONE";
    private static readonly Dictionary<string, Period> Periods = new() { ["day"] = Period.Day, ["week"] = Period.Week, ["month"] = Period.Month, ["quarter"] = Period.Quarter, ["year"] = Period.Year, ["fiscal-year"] = Period.FiscalYear };

    private readonly Argument<string> _name = new("name") { Description = "Which report", HelpName = "name" };
    private readonly Option<string?> _from = new("--from") { Description = "First day, yyyy-MM-dd; default: the first of this month" };
    private readonly Option<string?> _to = new("--to") { Description = "Day after the last one, yyyy-MM-dd; default: tomorrow" };
    private readonly Option<string?> _zone = new("--time-zone") { Description = $"IANA zone of days and times; summaries exist in the book time zone only. Default: {ZoneVariable}, else UTC" };
    private readonly Option<string> _currency = new("--currency") { Description = "ISO 4217 code; default: all", DefaultValueFactory = _ => "" };
    private readonly Option<string> _campaign = new("--campaign") { Description = "Only this campaign: contributions, mrr, performance, experiment", DefaultValueFactory = _ => "" };
    private readonly Option<Placement> _placement = Cli.Words.Option<Placement>("--placement", "Only appeals of this placement (experiment)");
    private readonly Option<string> _payout = new("--payout") { Description = "Only this payout (po_...): payout-transactions", DefaultValueFactory = _ => "" };
    private readonly Option<string?> _period = new("--period") { Description = "Length of a row's period: summary; default: day" };
    private readonly Option<string[]> _groupBy = new("--group-by") { Description = "A row for each, several with commas: summary (campaign, fund, placement, method), comparison (campaign, fund), performance (appeal, placement)", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _journalBy = new("--journal-by") { Description = "What a journal is: ledger-summary; default: day" };
    private readonly Option<string?> _compareFrom = new("--compare-from") { Description = "First day of the interval to compare with: comparison" };
    private readonly Option<string?> _compareTo = new("--compare-to") { Description = "Day after its last one: comparison" };
    private readonly Option<int?> _startYear = new("--start-year") { Description = "First year: lifecycle; default: the first that there is" };
    private readonly Option<int?> _endYear = new("--end-year") { Description = "Last year: lifecycle; default: this one" };
    private readonly Option<string[]> _columns = new("--columns") { Description = "Columns wanted, in this order, with commas: names as in the header row of csv (csv, xlsx) or of the table" };
    private readonly Option<string> _format = new("--format") { Description = "How it is written; json is an object a line", DefaultValueFactory = _ => "table" };
    private readonly Option<string?> _output = new("--output") { Description = "File to write, whole or not at all; default: standard output" };
    private readonly Option<bool> _plot = new("--plot") { Description = "Plot the series below the table; default: in a terminal" };
    private readonly Option<bool> _noPlot = new("--no-plot") { Description = "Do not plot" };

    public ReportOptions()
    {
        _name.AcceptOnlyFromAmong(ReportKind.Names);
        _period.AcceptOnlyFromAmong([.. Periods.Keys]);
        _journalBy.AcceptOnlyFromAmong("day", "month", "payout");
        _format.AcceptOnlyFromAmong("table", "csv", "xlsx", "json");
        _groupBy.CompletionSources.Add("campaign", "fund", "placement", "method", "appeal");
    }

    public void AddTo(Command command)
    {
        command.Arguments.Add(_name);
        foreach (var option in (Option[])[_from, _to, _zone, _currency, _campaign, _placement, _payout, _period, _groupBy, _journalBy, _compareFrom, _compareTo, _startYear, _endYear, _columns, _format, _output, _plot, _noPlot])
            command.Options.Add(option);
    }

    /// <exception cref="CliException">Something contradicts itself, or the report has no use for it.</exception>
    public ReportQuery Read(ParseResult parsed, DateTimeOffset now)
    {
        var kind = ReportKind.Of(parsed.GetValue(_name)!);
        Refuse(parsed, kind);
        var zone = parsed.GetValue(_zone);
        var zoneId = zone ?? (Environment.GetEnvironmentVariable(ZoneVariable) is { Length: > 0 } usual ? usual : "UTC");
        var groupBy = Words(parsed.GetValue(_groupBy));
        if (groupBy.Except(kind.GroupBy ?? []).FirstOrDefault() is { } unknown)
            throw new CliException($"`report {kind.Name}` can be grouped by {string.Join(", ", kind.GroupBy!)}; not by {unknown}", CliException.Usage);
        // Reports that stand at one time need the day before their end only.
        var to = parsed.GetValue(_to);
        var from = parsed.GetValue(_from) ?? (kind.Uses.HasFlag(Uses.From) ? null : Dates.DayBefore(to, "--to", zoneId, now));
        return new()
        {
            Kind = kind,
            Interval = Dates.Interval(from, to, zoneId, now),
            IsToGiven = to is not null,
            Zone = zoneId,
            AskedZone = zone ?? "",
            Currency = parsed.GetValue(_currency)!.ToUpperInvariant(),
            Campaign = Named("campaigns/", parsed.GetValue(_campaign)!),
            Placement = parsed.GetValue(_placement),
            Payout = Named("payouts/", parsed.GetValue(_payout)!),
            Period = parsed.GetValue(_period) is { } period ? Periods[period] : Period.Day,
            GroupBy = groupBy,
            JournalBy = parsed.GetValue(_journalBy) is { } by ? Enum.Parse<GetGeneralLedgerSummaryRequest.Types.JournalBy>(by, ignoreCase: true) : GetGeneralLedgerSummaryRequest.Types.JournalBy.Day,
            Compared = kind.Uses.HasFlag(Uses.Compare) ? Dates.Interval(Required(parsed, _compareFrom), Required(parsed, _compareTo), zoneId, now, "--compare-from", "--compare-to") : null,
            StartYear = parsed.GetValue(_startYear) ?? 0,
            EndYear = parsed.GetValue(_endYear) ?? 0,
            Columns = Words(parsed.GetValue(_columns)),
            Format = parsed.GetValue(_format)!,
            Output = parsed.GetValue(_output),
            Plot = parsed.GetValue(_plot) ? true : parsed.GetValue(_noPlot) ? false : null,
        };
    }

    private static string Required(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? throw new CliException($"`report comparison` needs {option.Name}: the interval to compare with", CliException.Usage);

    private static string[] Words(string[]? given) => [.. (given ?? []).SelectMany(w => w.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static string Named(string prefix, string id) => id.Length == 0 ? "" : ResourceNames.Full(prefix, id);

    /// <summary>Refuses what the report has no use for, so that nobody believes it was heeded.</summary>
    private void Refuse(ParseResult parsed, ReportKind kind)
    {
        (Option Option, bool Used)[] options =
        [
            (_from, kind.Uses.HasFlag(Uses.From)), (_to, kind.Uses.HasFlag(Uses.To)), (_zone, kind.Uses.HasFlag(Uses.TimeZone)), (_currency, kind.Uses.HasFlag(Uses.Currency)),
            (_campaign, kind.Uses.HasFlag(Uses.Campaign)), (_placement, kind.Uses.HasFlag(Uses.Placement)), (_payout, kind.Uses.HasFlag(Uses.Payout)), (_period, kind.Uses.HasFlag(Uses.Period)), (_journalBy, kind.Uses.HasFlag(Uses.JournalBy)),
            (_compareFrom, kind.Uses.HasFlag(Uses.Compare)), (_compareTo, kind.Uses.HasFlag(Uses.Compare)), (_startYear, kind.Uses.HasFlag(Uses.Years)), (_endYear, kind.Uses.HasFlag(Uses.Years)),
            (_groupBy, kind.GroupBy is not null),
        ];
        foreach (var (option, _) in options.Where(o => !o.Used && Given(parsed, o.Option)))
            throw new CliException($"`report {kind.Name}` has no use for {option.Name}", CliException.Usage);
        var format = parsed.GetValue(_format);
        if (Given(parsed, _columns) && format == "json")
            throw new CliException("--columns goes with table, csv and xlsx; choose fields of json with jq", CliException.Usage);
        if (!parsed.GetValue(_plot))
            return;
        if (!kind.HasSeries)
            throw new CliException($"`report {kind.Name}` has no series to plot", CliException.Usage);
        if (format != "table" || parsed.GetValue(_noPlot))
            throw new CliException("--plot goes with --format table, and without --no-plot", CliException.Usage);
    }

    private static bool Given(ParseResult parsed, Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };
}
