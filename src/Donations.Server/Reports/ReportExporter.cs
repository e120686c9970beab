using System.Globalization;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Google.Api;
using Google.Protobuf;

namespace Donations.Server.Reports;

/// <summary>Writes reports as CSV, a page of rows at a time, so that memory stays flat whatever the interval.</summary>
internal sealed class ReportExporter(Database database, ReportStore store, ChartOfAccounts chart, BookCalendar calendar)
{
    private const int Page = 1000;
    private const string ContentType = "text/csv; charset=utf-8; header=present";

    public Task WriteAsync(ExportReportRequest.Types.Report report, (long FromUs, long ToUs) ends, string? currency, TimeZoneInfo zone, Func<HttpBody, Task> write, CancellationToken cancellationToken) => report switch
    {
        ExportReportRequest.Types.Report.ContributionDetail => ContributionsAsync(ends, currency, zone, write, cancellationToken),
        ExportReportRequest.Types.Report.PeriodSummary => SummaryAsync(ends, currency, write, cancellationToken),
        _ => LedgerAsync(ends, currency, write, cancellationToken),
    };

    private async Task ContributionsAsync((long FromUs, long ToUs) ends, string? currency, TimeZoneInfo zone, Func<HttpBody, Task> write, CancellationToken cancellationToken)
    {
        var csv = Header("payment", "pay_time", "campaign", "fund", "interval", "kind", "currency", "amount", "refunded", "settlement_currency", "gross", "fee", "net", "exchange_rate", "charge", "balance_transaction");
        var after = (TimeUs: long.MinValue, Id: "");
        while (true)
        {
            var rows = database.Read(c => ReportStore.Contributions(c, ends.FromUs, ends.ToUs, currency, null, after, Page), cancellationToken);
            foreach (var row in rows)
                Contribution(csv, row, zone);
            await write(Body(csv));
            if (rows.Count < Page)
                return;
            after = (rows[^1].PayTimeUs!.Value, rows[^1].PaymentId);
        }
    }

    private static void Contribution(CsvWriter csv, PaymentRow row, TimeZoneInfo zone)
    {
        string Settled(long? minor) => minor is { } m ? new MinorAmount(m, row.SettlementCurrency!).ToDecimalString() : "";
        csv.Text(PaymentMapping.PaymentPrefix + row.PaymentId)
            .Text(TimeZoneInfo.ConvertTime(UnixMicros.ToDateTimeOffset(row.PayTimeUs!.Value), zone).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture))
            .Text(row.CampaignId).Text(row.Fund).Text(((PledgeInterval)row.Interval).ToString()).Text(((Payment.Types.Kind)row.Kind).ToString())
            .Text(row.Currency).Number(row.Amount.ToDecimalString()).Number(new MinorAmount(row.RefundedMinor, row.Currency).ToDecimalString())
            .Text(row.SettlementCurrency).Number(Settled(row.SettlementGrossMinor)).Number(Settled(row.SettlementFeeMinor)).Number(Settled(row.SettlementNetMinor))
            .Number(row.ExchangeRate ?? "").Text(row.StripeChargeId).Text(row.StripeBalanceTransactionId).EndRow();
    }

    private async Task SummaryAsync((long FromUs, long ToUs) ends, string? currency, Func<HttpBody, Task> write, CancellationToken cancellationToken)
    {
        var csv = Header("date", "campaign", "fund", "currency", "payment_count", "gross", "fee", "refund_count", "refunded", "net");
        foreach (var row in database.Read(c => store.Summary(c, calendar.DayOf(ends.FromUs), calendar.DayOf(ends.ToUs), 1, currency, true, true), cancellationToken))
        {
            string Of(long minor) => new MinorAmount(minor, row.Currency).ToDecimalString();
            csv.Text(Day(row.Period)).Text(row.CampaignId).Text(row.Fund).Text(row.Currency)
                .Number(row.PaymentCount.ToString(CultureInfo.InvariantCulture)).Number(Of(row.GrossMinor)).Number(Of(row.FeeMinor))
                .Number(row.RefundCount.ToString(CultureInfo.InvariantCulture)).Number(Of(row.RefundedMinor)).Number(Of(row.GrossMinor - row.FeeMinor - row.RefundedMinor)).EndRow();
            if (csv.Length > Page * 100)
                await write(Body(csv));
        }

        await write(Body(csv));
    }

    private async Task LedgerAsync((long FromUs, long ToUs) ends, string? currency, Func<HttpBody, Task> write, CancellationToken cancellationToken)
    {
        var csv = Header("journal_entry", "line", "book_date", "account", "account_name", "currency", "debit", "credit", "exchange_rate", "campaign", "fund", "document", "memo");
        var after = (TimeUs: long.MinValue, EntryId: 0L, Line: 0L);
        while (true)
        {
            var rows = database.Read(c => ReportStore.Lines(c, ends.FromUs, ends.ToUs, currency, after, Page), cancellationToken);
            foreach (var row in rows)
            {
                string Side(long minor) => minor == 0 ? "" : new MinorAmount(minor, row.Currency).ToDecimalString();
                csv.Number(row.EntryId.ToString(CultureInfo.InvariantCulture)).Number(row.Line.ToString(CultureInfo.InvariantCulture)).Text(Day(row.BookDate))
                    .Text(row.Account).Text(chart.Name(row.Account)).Text(row.Currency).Number(Side(row.DebitMinor)).Number(Side(row.CreditMinor))
                    .Number(row.ExchangeRate ?? "").Text(row.CampaignId).Text(row.Fund).Text(row.SourceId).Text(row.Memo).EndRow();
            }

            await write(Body(csv));
            if (rows.Count < Page)
                return;
            after = (rows[^1].FactTimeUs, rows[^1].EntryId, rows[^1].Line);
        }
    }

    private static CsvWriter Header(params ReadOnlySpan<string> columns)
    {
        var csv = new CsvWriter();
        foreach (var column in columns)
            csv.Text(column);
        return csv.EndRow();
    }

    private static HttpBody Body(CsvWriter csv) => new() { ContentType = ContentType, Data = ByteString.CopyFrom(csv.Take()) };

    private static string Day(long day) => BookCalendar.ToDate((int)day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
