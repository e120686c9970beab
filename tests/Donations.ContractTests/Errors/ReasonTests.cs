using Donations.ContractTests.Descriptors;
using Donations.ContractTests.Wire;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.ContractTests.Errors;

/// <summary>Every reason of error_reason.proto comes from the server as that file says, each provoked here.</summary>
public sealed class ReasonTests(ContractWorld world) : IClassFixture<ContractWorld>
{
    private const string Banner = "campaigns/press-in-exile/appeals/banner";
    private static readonly MethodDescriptors Rpc = new();

    private static readonly Dictionary<string, Func<ContractWorld, Task<RpcException?>>> Cases = new()
    {
        ["FIELD_INVALID"] = w => w.Fail("CampaignService.GetCampaign", new GetCampaignRequest { Name = "nonsense" }),
        ["PAGE_TOKEN_INVALID"] = w => w.Fail("CampaignService.ListCampaigns", new ListCampaignsRequest { PageToken = "nonsense" }),
        ["REQUEST_ID_REUSED"] = async w =>
        {
            var request = await w.Scenario.RequestAsync();
            Assert.Null(await w.Fail("PledgeService.CreatePledge", request));
            return await w.Fail("PledgeService.CreatePledge", new CreatePledgeRequest(request) { Locale = "ru" });
        },
        ["TOKEN_MISSING"] = w => w.Fail("LedgerService.GetTrialBalance", new GetTrialBalanceRequest()),
        ["TOKEN_INVALID"] = w => w.Fail("LedgerService.GetTrialBalance", new GetTrialBalanceRequest(), TestServer.Bearer("nonsense")),
        ["PERMISSION_DENIED"] = w => w.Fail("LedgerService.GetTrialBalance", new GetTrialBalanceRequest(), w.As("editor")),
        ["RESOURCE_NOT_FOUND"] = w => w.Fail("CampaignService.GetCampaign", new GetCampaignRequest { Name = "campaigns/nowhere" }),
        ["RESOURCE_EXISTS"] = w => w.Fail("CampaignService.CreateCampaign", new CreateCampaignRequest { CampaignId = "press-in-exile", Campaign = Draft }, w.As("editor")),
        ["ETAG_MISMATCH"] = w => w.Fail("CampaignService.ArchiveAppeal", new ArchiveAppealRequest { Name = Banner, Etag = "\"old\"" }, w.As("editor")),
        ["STATE_INVALID"] = w => w.Fail("PledgeService.ResumePledge", new ResumePledgeRequest { Name = OneTime(w).Result }, w.As("support")),
        ["CAMPAIGN_NOT_ACTIVE"] = Paused,
        ["CAMPAIGN_INCOMPLETE"] = async w =>
        {
            Assert.Null(await w.Fail("CampaignService.CreateCampaign", new CreateCampaignRequest { CampaignId = "incomplete", Campaign = Draft }, w.As("editor")));
            return await w.Fail("CampaignService.PublishCampaign", new PublishCampaignRequest { Name = "campaigns/incomplete" }, w.As("editor"));
        },
        ["PRICE_CHANGED"] = async w => await w.Fail("PledgeService.CreatePledge", await w.Scenario.RequestAsync(amount: Scenario.Usd(3))),
        ["REMINDER_REFUSED"] = w => w.Fail("AppealService.CreateReminder", new CreateReminderRequest { Reminder = new() { Campaign = Scenario.Campaign, OneOff = new() }, Email = "reader@example.com", Country = "RU" }),
        ["REFUND_TOO_LARGE"] = w => w.Fail("PaymentService.RefundPayment", new RefundPaymentRequest { Name = w.NameOf("donations.example.org/Payment"), RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(500) }, w.As("finance")),
        ["CARD_DECLINED"] = async w => await w.Fail("PledgeService.CreatePledge", await w.Scenario.RequestAsync(paymentMethod: "pm_card_visa_chargeDeclined")),
        ["PAYMENT_METHOD_REFUSED"] = async w => await w.Fail("PledgeService.CreatePledge", new CreatePledgeRequest(await w.Scenario.RequestAsync()) { ConfirmationToken = "ctoken_nobodys" }),
        ["INTENT_FIRST_DISABLED"] = async w =>
        {
            var request = await w.Scenario.RequestAsync();
            request.ClearPaymentSource();
            return await w.Fail("PledgeService.CreatePledge", request);
        },
        ["ALREADY_PLEDGED"] = async w =>
        {
            var (first, second) = (await w.Scenario.RequestAsync(paymentMethod: "pm_card_mastercard"), await w.Scenario.RequestAsync(paymentMethod: "pm_card_mastercard"));
            second.AllowDuplicate = false;
            Assert.Null(await w.Fail("PledgeService.CreatePledge", first));
            return await w.Fail("PledgeService.CreatePledge", second);
        },
        ["PAYMENT_REQUEST_REFUSED"] = async w =>
        {
            var (first, second) = (await w.Scenario.RequestAsync(), await w.Scenario.RequestAsync());
            second.ConfirmationToken = first.ConfirmationToken;
            Assert.Null(await w.Fail("PledgeService.CreatePledge", first));
            return await w.Fail("PledgeService.CreatePledge", second);
        },
        ["EVIDENCE_CLOSED"] = EvidenceTwice,
        ["PAYMENT_PROCESSOR_UNAVAILABLE"] = Unavailable,
        ["OVERLOADED"] = Overloaded,
        ["LEDGER_HALTED"] = Halted,
        ["SECOND_PERSON_NEEDED"] = async w =>
        {
            var proposal = new JournalProposal { Reason = "a test", Lines = { new JournalProposalLine { Account = "1000", Debit = Scenario.Usd(1) }, new JournalProposalLine { Account = "3000", Credit = Scenario.Usd(1) } } };
            var made = await w.Scenario.Ledger.CreateJournalProposalAsync(new() { JournalProposal = proposal, RequestId = Scenario.NewRequestId() }, w.As("finance"));
            return await w.Fail("LedgerService.ApproveJournalProposal", new ApproveJournalProposalRequest { Name = made.Name }, w.As("finance"));
        },
        ["PERIOD_NOT_READY"] = w => w.Fail("LedgerService.ClosePeriod", new ClosePeriodRequest { Name = "periods/2026-11" }, w.As("finance")),
        ["MESSAGE_TOO_LARGE"] = w => w.Fail("CampaignService.GetCampaign", new GetCampaignRequest { Name = new('x', RpcModule.MaxMessageBytes) }),
        ["METHOD_UNKNOWN"] = async w => await Assert.ThrowsAsync<RpcException>(() => w.Server.Channel.CallAsync("donations.v1.CampaignService", "GetFuture", [])),
        ["DEADLINE_EXCEEDED"] = w => Stopped(w, StatusCode.DeadlineExceeded),
        ["CALL_CANCELLED"] = w => Stopped(w, StatusCode.Cancelled),
        ["INTERNAL"] = Defect,
    };

    public static TheoryData<string> Reasons => [.. ErrorShape.Reasons.Keys];

    [Fact]
    public void Every_reason_has_a_case() => Assert.Equal(ErrorShape.Reasons.Keys.Order(StringComparer.Ordinal), Cases.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task The_server_says(string reason)
    {
        var error = await Cases[reason](world);
        Assert.NotNull(error);
        ErrorShape.Check(error, null, reason);
        Assert.Equal(reason, error.Reason());
    }

    private static Campaign Draft => new() { DisplayName = "A draft", DefaultLocale = "en" };

    private static async Task<string> OneTime(ContractWorld w) => (await w.Scenario.PledgeAsync("one-time-10", Scenario.Usd(10))).Pledge.Name;

    // A server of its own: a halt is for good.
    private static async Task<RpcException?> Halted(ContractWorld w)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.Server.Services.GetRequiredService<Server.Ledger.LedgerGuard>().Halt("a test");
        return await Donations.Testing.Errors.OfAsync(() => scenario.Pledges.CreatePledgeAsync(scenario.RequestAsync().Result));
    }

    private static async Task<RpcException?> EvidenceTwice(ContractWorld w)
    {
        await w.Scenario.PledgeAsync("one-time-10", Scenario.Usd(10), "pm_card_createDispute");
        await w.Scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        var dispute = Assert.Single((await w.Scenario.Payments.ListDisputesAsync(new(), w.As("finance"))).Disputes);
        Assert.Null(await w.Fail("PaymentService.SubmitDisputeEvidence", new SubmitDisputeEvidenceRequest { Name = dispute.Name, RequestId = Scenario.NewRequestId(), Text = "They gave." }, w.As("finance")));
        return await w.Fail("PaymentService.SubmitDisputeEvidence", new SubmitDisputeEvidenceRequest { Name = dispute.Name, RequestId = Scenario.NewRequestId(), Text = "They gave, again." }, w.As("finance"));
    }

    private static async Task<RpcException?> Paused(ContractWorld _)
    {
        await using var other = await Scenario.StartAsync();
        await other.Server.Campaigns.PauseCampaignAsync(new() { Name = Scenario.Campaign }, other.Server.As("editor"));
        return await other.Server.Channel.ErrorAsync(Rpc["PledgeService.CreatePledge"], await other.RequestAsync());
    }

    private static async Task<RpcException?> Unavailable(ContractWorld w)
    {
        var request = await w.Scenario.RequestAsync();
        var network = w.Server.Services.GetRequiredService<StripeNetwork>();
        network.BeforeSend = _ => throw new HttpRequestException("lost");
        try
        {
            return await w.Fail("PledgeService.CreatePledge", request);
        }
        finally
        {
            network.BeforeSend = null;
        }
    }

    /// <summary>Holds the writer inside a unit of work and fills its queue.</summary>
    private static async Task<RpcException?> Overloaded(ContractWorld w)
    {
        var database = w.Server.Services.GetRequiredService<Database>();
        using var hold = new ManualResetEventSlim();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = new List<Task>
        {
            database.WriteAsync(_ =>
            {
                held.SetResult();
                hold.Wait(TimeSpan.FromSeconds(30));
            }),
        };
        await held.Task;
        try
        {
            while (waiting.Count <= GroupCommitWriter.MaxQueued + GroupCommitWriter.MaxBatch && waiting[^1] is { IsFaulted: false })
                waiting.Add(TryWrite(database));
            return await w.Fail("CampaignService.CreateCampaign", new CreateCampaignRequest { CampaignId = "one-too-many", Campaign = Draft }, w.As("editor"));
        }
        finally
        {
            hold.Set();
            await Task.WhenAll(waiting.Where(t => !t.IsFaulted));
        }
    }

    private static Task TryWrite(Database database)
    {
        try
        {
            return database.WriteAsync(_ => { });
        }
        catch (WriteQueueFullException e)
        {
            return Task.FromException(e);
        }
    }

    /// <summary>What a server whose clock or caller says stop answers; seen at the server, since a client that hung up hears nothing.</summary>
    private static async Task<RpcException?> Stopped(ContractWorld w, StatusCode code)
    {
        var interceptor = w.Server.Services.GetRequiredService<ErrorInterceptor>();
        var context = new StoppedCall(code == StatusCode.DeadlineExceeded ? w.Scenario.Time.GetUtcNow().UtcDateTime.AddSeconds(-1) : DateTime.MaxValue);
        return await Assert.ThrowsAsync<RpcException>(() => interceptor.UnaryServerHandler<GetCampaignRequest, Campaign>(new(), context, (_, c) =>
        {
            c.CancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(new Campaign());
        }));
    }

    /// <summary>A defect: a table is gone. The caller gets a reference, and nothing that the exception said.</summary>
    private static async Task<RpcException?> Defect(ContractWorld _)
    {
        await using var broken = await Scenario.StartAsync();
        await broken.Server.Services.GetRequiredService<Database>().WriteAsync(c => Dapper.SqlMapper.Execute(c, "DROP TABLE appeals"));
        var error = await broken.Server.Channel.ErrorAsync(Rpc["CampaignService.GetAppeal"], new GetAppealRequest { Name = Banner });
        var info = error!.Detail<Google.Rpc.ErrorInfo>();
        Assert.Equal("Internal error " + info.Metadata["reference"], error!.Status.Detail);
        Assert.DoesNotContain("appeals", error.Status.Detail, StringComparison.Ordinal);
        Assert.Single(error.GetRpcStatus()!.Details);
        return error;
    }

    private sealed class MethodDescriptors
    {
        public Google.Protobuf.Reflection.MethodDescriptor this[string name] => Contract.Method("donations.v1." + name);
    }

    private sealed class StoppedCall(DateTime deadline) : ServerCallContext
    {
        protected override string MethodCore => "/donations.v1.CampaignService/GetCampaign";

        protected override string HostCore => "";

        protected override string PeerCore => "";

        protected override DateTime DeadlineCore => deadline;

        protected override Metadata RequestHeadersCore { get; } = [];

        protected override CancellationToken CancellationTokenCore => new(canceled: true);

        protected override Metadata ResponseTrailersCore { get; } = [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => new(null, []);

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}

internal static class ContractWorldCalls
{
    /// <summary>Calls and gives the error, or null where the call succeeded.</summary>
    public static Task<RpcException?> Fail(this ContractWorld world, string rpc, Google.Protobuf.IMessage request, CallOptions options = default) =>
        world.Server.Channel.ErrorAsync(Contract.Method("donations.v1." + rpc), request, options);
}
