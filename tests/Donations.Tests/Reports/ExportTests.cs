using System.Globalization;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Donations.V1.ExportReportRequest.Types;

namespace Donations.Tests.Reports;

/// <summary>Reports as files, on real data: the same rows by every door and in every format.</summary>
public sealed class ExportTests : IAsyncLifetime
{
    private const string Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync()
    {
        _scenario = await Scenario.StartAsync();
        await _scenario.PledgeAsync();
        var once = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.PledgeAsync("monthly-5", new() { CurrencyCode = "EUR", Units = 5 });
        await _scenario.SettleAsync();
        var payment = Assert.Single(await _scenario.PaymentsAsync(once));
        await _scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(4) }, _scenario.Server.As("finance"));
        await _scenario.SettleAsync();
        await _scenario.AdvanceAsync(TimeSpan.FromDays(31));
    }

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    [Theory]
    [InlineData(Report.ContributionDetail, "payment,pay_time,campaign,fund,interval,kind,currency,amount,refunded,settlement_currency,gross,fee,net,exchange_rate,charge,balance_transaction,appeal,placement,method,fee_cover", 5)]
    [InlineData(Report.PeriodSummary, "date,campaign,fund,placement,method,currency,payment_count,gross,fee,refund_count,refunded,chargeback_count,charged_back,net", 4)]
    [InlineData(Report.GeneralLedger, "journal_entry,line,book_date,account,account_name,currency,debit,credit,exchange_rate,campaign,fund,document,memo,journal,batch,original_currency,original_amount,placement,method,state,stripe_account,livemode", 25)]
    public async Task A_report_has_the_same_bytes_over_grpc_and_over_json(Report report, string header, int rows)
    {
        foreach (var format in (Format[])[Format.Csv, Format.Xlsx])
        {
            var (contentType, bytes) = await ExportAsync(new() { Report = report, Interval = Year, Format = format });
            using var message = new HttpRequestMessage(HttpMethod.Get, $"/v1/reports:export?report={(int)report}&format={(int)format}&interval.startTime=2026-01-01T00:00:00Z&interval.endTime=2027-01-01T00:00:00Z");
            message.Headers.Authorization = new("Bearer", _scenario.Server.Token("finance"));
            using var answer = await _scenario.Server.Http.SendAsync(message);
            Assert.Equal(contentType, answer.Content.Headers.ContentType!.ToString());
            Assert.Matches("^attachment; filename=\"?[a-z_]+_2026-01-01_2027-01-01.(csv|xlsx)\"?$", answer.Content.Headers.ContentDisposition!.ToString());
            Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync());
        }

        var lines = await CsvAsync(new() { Report = report });
        Assert.Equal(header, lines[0]);
        Assert.Equal(rows, lines.Length - 1);
    }

    [Fact]
    public async Task Contributions_are_written_with_their_settlement_and_refund()
    {
        var listed = await _scenario.Reports.ListContributionDetailsAsync(new() { Interval = Year }, _scenario.Server.As("finance"));
        string Row(ContributionDetail d) => string.Join(
            ',', d.Payment, d.PayTime.ToDateTimeOffset().ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture), d.Campaign["campaigns/".Length..], d.Fund, d.Interval, d.Kind,
            d.Amount.CurrencyCode, Show(d.Amount), d.RefundedAmount is null ? "0.00" : Show(d.RefundedAmount), d.Settlement.Gross.CurrencyCode, Show(d.Settlement.Gross), Show(d.Settlement.Fee), Show(d.Settlement.Net), d.Settlement.ExchangeRate,
            d.Charge, d.Settlement.BalanceTransaction, d.Appeal, "", d.Method, "0.00");
        var lines = await CsvAsync(new() { Report = Report.ContributionDetail, TimeZone = "Europe/Riga" });
        Assert.Equal(listed.ContributionDetails.Select(Row), lines[1..]);
        Assert.Contains(lines, l => l.Contains(",10.00,4.00,USD,10.00,0.59,9.41,,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_summary_is_written_by_day_campaign_and_fund() => Assert.Equal(
        [
            "date,campaign,fund,placement,method,currency,payment_count,gross,fee,refund_count,refunded,chargeback_count,charged_back,net",
            "2026-11-24,press-in-exile,general,,,EUR,1,5.00,0.49,0,0.00,0,0.00,4.51",
            "2026-11-24,press-in-exile,general,,,USD,2,12.00,0.96,1,4.00,0,0.00,7.04",
            "2026-12-24,press-in-exile,general,,,EUR,1,5.00,0.49,0,0.00,0,0.00,4.51",
            "2026-12-24,press-in-exile,general,,,USD,1,2.00,0.37,0,0.00,0,0.00,1.63",
        ],
        await CsvAsync(new() { Report = Report.PeriodSummary }));

    [Fact]
    public async Task Columns_are_written_in_the_order_asked() => Assert.Equal(
        ["net,date,currency", "4.51,2026-11-24,EUR", "7.04,2026-11-24,USD", "4.51,2026-12-24,EUR", "1.63,2026-12-24,USD"],
        await CsvAsync(new() { Report = Report.PeriodSummary, Columns = { "net", "date", "currency" } }));

    public static TheoryData<string, Action<ExportReportRequest>> BadRequests => new()
    {
        { "columns[1]", r => r.Columns.Add(["amount", "colour"]) },
        { "columns[0]", r => r.Columns.Add(["Amount"]) },
        { "columns[0]", r => r.Columns.Add([""]) },
        { "columns[2]", r => r.Columns.Add(["amount", "fund", "amount"]) },
        { "format", r => r.Format = (Format)9 },
        { "report", r => r.Report = Report.Unspecified },
        { "report", r => r.Report = (Report)999 },
        { "time_zone", r => r.TimeZone = "Mars/Olympus" },
    };

    [Theory]
    [MemberData(nameof(BadRequests), DisableDiscoveryEnumeration = true)]
    public async Task Bad_columns_formats_and_zones_are_named(string field, Action<ExportReportRequest> change)
    {
        var request = new ExportReportRequest { Report = Report.ContributionDetail, Interval = Year };
        change(request);
        var error = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(request));
        Assert.Equal("FIELD_INVALID", error.Reason());
        Assert.Contains(field, error.Fields());
    }

    [Fact]
    public async Task A_workbook_has_the_numbers_of_the_csv_as_numbers()
    {
        foreach (var report in (Report[])[Report.ContributionDetail, Report.GeneralLedger])
        {
            var csv = (await CsvAsync(new() { Report = report })).Select(Cells).ToArray();
            var (contentType, book) = await ExportAsync(new() { Report = report, Interval = Year, Format = Format.Xlsx });
            Assert.Equal(Workbook, contentType);
            var numbers = csv[0].Index().Where(c => c.Item is "amount" or "refunded" or "gross" or "fee" or "net" or "debit" or "credit" or "line").Select(c => c.Index).ToList();
            Assert.All(XlsxCellsTests.Cells(book, 1).Skip(1), row => Assert.All(numbers, i => Assert.Equal("n", XlsxCellsTests.Type(row[i]))));

            var read = Assert.Single(await LibreOffice.ReadAsync(book)).Value.Select(Cells).ToArray();
            Assert.Equal(csv[0], read[0]);
            Assert.Equal(csv.Length, read.Length);
            foreach (var i in numbers)
                Assert.Equal(csv[1..].Sum(r => Number(r[i])), read[1..].Sum(r => Number(r[i])));
            foreach (var i in csv[0].Index().Where(c => c.Item is "payment" or "charge" or "account" or "memo" or "book_date").Select(c => c.Index))
                Assert.Equal(csv[1..].Select(r => r[i]), read[1..].Select(r => r[i]));
        }
    }

    private static Google.Type.Interval Year => new()
    {
        StartTime = Timestamp.FromDateTimeOffset(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
        EndTime = Timestamp.FromDateTimeOffset(new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)),
    };

    private async Task<string[]> CsvAsync(ExportReportRequest request)
    {
        request.Interval = Year;
        var (contentType, bytes) = await ExportAsync(request);
        Assert.Equal("text/csv; charset=utf-8; header=present", contentType);
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        Assert.EndsWith("\r\n", text);
        return text[..^2].Split("\r\n");
    }

    private async Task<(string ContentType, byte[] Bytes)> ExportAsync(ExportReportRequest request)
    {
        using var call = _scenario.Reports.ExportReport(request, _scenario.Server.As("finance"));
        var (contentType, bytes) = ("", new MemoryStream());
        await foreach (var piece in call.ResponseStream.ReadAllAsync())
        {
            contentType = piece.ContentType;
            piece.Data.WriteTo(bytes);
        }

        return (contentType, bytes.ToArray());
    }

    /// <summary>The cells of a line without doubled quotes.</summary>
    private static string[] Cells(string line) => [.. System.Text.RegularExpressions.Regex.Matches(line, "(?:^|,)(?:\"([^\"]*)\"|([^,]*))").Select(m => m.Groups[1].Value + m.Groups[2].Value)];

    private static decimal Number(string cell) => cell.Length == 0 ? 0 : decimal.Parse(cell, CultureInfo.InvariantCulture);

    private static string Show(Google.Type.Money money) => $"{money.Units}.{Math.Abs(money.Nanos) / 10_000_000:00}";
}
