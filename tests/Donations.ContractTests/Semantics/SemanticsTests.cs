using Donations.ContractTests.Errors;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.ContractTests.Semantics;

public sealed class SemanticsTests(ContractWorld world) : IClassFixture<ContractWorld>
{
    [Fact]
    public async Task Pledges_come_newest_first_once_each_while_others_are_made()
    {
        await using var scenario = await Scenario.StartAsync();
        var expected = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            scenario.Time.Advance(TimeSpan.FromMilliseconds(1));
            expected.Insert(0, (await scenario.PledgeAsync()).Pledge.Name);
        }

        var seen = new List<string>();
        var request = new ListPledgesRequest { Parent = "donors/-", PageSize = 2 };
        do
        {
            var page = await scenario.Pledges.ListPledgesAsync(request, scenario.Server.As("support"));
            Assert.InRange(page.Pledges.Count, 1, 2);
            seen.AddRange(page.Pledges.Select(p => p.Name));
            request.PageToken = page.NextPageToken;
            scenario.Time.Advance(TimeSpan.FromMilliseconds(1));
            await scenario.PledgeAsync();
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task A_page_token_serves_its_own_method_and_arguments_alone()
    {
        var support = world.As("support");
        await world.Scenario.PledgeAsync();
        var token = (await world.Scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-", PageSize = 1 }, support)).NextPageToken;
        Assert.NotEmpty(token);
        Assert.NotEmpty((await world.Scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-", PageSize = 7, PageToken = token }, support)).Pledges);
        Assert.Equal("PAGE_TOKEN_INVALID", (await world.Fail("PledgeService.ListPledges", new ListPledgesRequest { Parent = "donors/-", Campaign = Scenario.Campaign, PageToken = token }, support))?.Reason());
        Assert.Equal("PAGE_TOKEN_INVALID", (await world.Fail("PledgeService.ListPledges", new ListPledgesRequest { Parent = "donors/-", State = Pledge.Types.State.Active, PageToken = token }, support))?.Reason());
        Assert.Equal("PAGE_TOKEN_INVALID", (await world.Fail("PaymentService.ListPayments", new ListPaymentsRequest { PageToken = token }, support))?.Reason());
        // It gives no authority either.
        Assert.Equal("PERMISSION_DENIED", (await world.Fail("PledgeService.ListPledges", new ListPledgesRequest { Parent = "donors/-", PageToken = token }, world.As("donor-own")))?.Reason());
    }

    [Fact]
    public async Task Masks_and_etags_do_what_their_aips_say()
    {
        var editor = world.As("editor");
        var made = await world.Server.Campaigns.CreateCampaignAsync(new() { CampaignId = "masked", Campaign = new() { DisplayName = "Before", DefaultLocale = "en", Priority = 7 } }, editor);
        var named = await world.Server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = made.Name, DisplayName = "After", Etag = made.Etag }, UpdateMask = new() { Paths = { "display_name" } } }, editor);
        Assert.Equal(("After", 7), (named.DisplayName, named.Priority));
        Assert.NotEqual(made.Etag, named.Etag);
        Assert.Equal("ETAG_MISMATCH", (await world.Fail("CampaignService.UpdateCampaign", new UpdateCampaignRequest { Campaign = new() { Name = made.Name, DisplayName = "Late", Etag = made.Etag } }, editor))?.Reason());
        var populated = await world.Server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = made.Name, Priority = 9 } }, editor);
        Assert.Equal(("After", 9), (populated.DisplayName, populated.Priority));
        var replaced = await world.Server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = made.Name, DisplayName = "Whole", DefaultLocale = "de" }, UpdateMask = new() { Paths = { "*" } } }, editor);
        Assert.Equal(("Whole", 0, "de"), (replaced.DisplayName, replaced.Priority, replaced.DefaultLocale));
        var unknown = await world.Fail("CampaignService.UpdateCampaign", new UpdateCampaignRequest { Campaign = new() { Name = made.Name }, UpdateMask = new() { Paths = { "colour" } } }, editor);
        Assert.Equal(("FIELD_INVALID", "update_mask"), (unknown?.Reason(), unknown?.Fields().Single()));
    }

    /// <summary>A caller who hangs up stops the statement that runs for it: it would otherwise count for ever.</summary>
    [Fact]
    public async Task Cancellation_reaches_a_read_that_runs()
    {
        var database = world.Server.Services.GetRequiredService<Database>();
        using var source = new CancellationTokenSource();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = Task.Run(() => database.Read(
            connection =>
            {
                started.SetResult();
                return Dapper.SqlMapper.ExecuteScalar<long>(connection, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
            },
            source.Token));
        await started.Task;
        // Until it is interrupted: an interrupt that comes before the statement begins is lost.
        while (!read.IsCompleted)
        {
            await source.CancelAsync();
            await Task.WhenAny(read, Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System));
            Assert.True(read.IsCompleted, "the read goes on after its caller hung up");
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Theory]
    [InlineData(null, "/donations.v1.CampaignService/GetCampaign", "30S")]
    [InlineData("99999999H", "/donations.v1.CampaignService/GetCampaign", "30S")]
    [InlineData("31S", "/donations.v1.CampaignService/GetCampaign", "30S")]
    [InlineData("nonsense", "/donations.v1.CampaignService/GetCampaign", "30S")]
    [InlineData("250m", "/donations.v1.CampaignService/GetCampaign", "250m")]
    [InlineData("99999999H", "/donations.v1.ReportService/ExportReport", "1800S")]
    public async Task Deadlines_are_capped_before_grpc_reads_them(string? asked, string path, string enforced)
    {
        var builder = new ApplicationBuilder(world.Server.Services);
        builder.UseDeadlineCap();
        string? seen = null;
        builder.Run(context =>
        {
            seen = context.Request.Headers["grpc-timeout"];
            return Task.CompletedTask;
        });
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.ContentType = "application/grpc";
        if (asked is not null)
            context.Request.Headers["grpc-timeout"] = asked;
        await builder.Build()(context);
        Assert.Equal(enforced, seen);
    }

    /// <summary>Nothing booked yet: every report answers with nothing, and none of them fails.</summary>
    [Fact]
    public async Task Reports_of_an_empty_installation_are_empty()
    {
        await using var scenario = await Scenario.StartAsync();
        var finance = scenario.Server.As("finance");
        var day = new Google.Type.Interval { StartTime = new() { Seconds = 1_795_478_400 }, EndTime = new() { Seconds = 1_795_564_800 } };
        Assert.Empty((await scenario.Ledger.GetTrialBalanceAsync(new(), finance)).Balances);
        Assert.Empty((await scenario.Ledger.ListJournalEntriesAsync(new(), finance)).JournalEntries);
        Assert.Empty((await scenario.Reports.GetPeriodSummaryAsync(new() { Interval = day, GroupByCampaign = true, GroupByFund = true }, finance)).Rows);
        Assert.Empty((await scenario.Reports.ListContributionDetailsAsync(new() { Interval = day }, finance)).ContributionDetails);
        Assert.Empty((await scenario.Reports.ListGeneralLedgerLinesAsync(new() { Interval = day }, finance)).GeneralLedgerLines);
    }
}
