using Donations.V1;
using Google.Protobuf;
using Google.Type;
using Grpc.Core;

namespace Donations.Cli;

/// <summary>Reports as a stream of their answers, page by page.</summary>
internal static class ReportPages
{
    private const int PageSize = 1000;

    public static async IAsyncEnumerable<IMessage> OneAsync(Func<Task<IMessage>> call)
    {
        yield return await call();
    }

    public static async IAsyncEnumerable<IMessage> ContributionsAsync(ReportService.ReportServiceClient reports, Interval interval, string currency, string campaign, Metadata headers)
    {
        var request = new ListContributionDetailsRequest { Interval = interval, Currency = currency, Campaign = campaign.Length == 0 ? "" : "campaigns/" + campaign, PageSize = PageSize };
        do
        {
            var page = await reports.ListContributionDetailsAsync(request, headers);
            yield return page;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    public static async IAsyncEnumerable<IMessage> LedgerAsync(ReportService.ReportServiceClient reports, Interval interval, string currency, Metadata headers)
    {
        var request = new ListGeneralLedgerLinesRequest { Interval = interval, Currency = currency, PageSize = PageSize };
        do
        {
            var page = await reports.ListGeneralLedgerLinesAsync(request, headers);
            yield return page;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }
}
