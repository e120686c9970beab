using Donations.Testing;
using Donations.V1;
using Grpc.Core;

namespace Donations.Tests.Receipts;

/// <summary>Payments on a composed server, and the documents about them.</summary>
public abstract class ReceiptStory : IAsyncLifetime
{
    internal Scenario Scenario { get; private set; } = null!;

    protected virtual Dictionary<string, string> Configuration => [];

    internal CallOptions Support => Scenario.Server.As("support");

    public async ValueTask InitializeAsync() => Scenario = await Scenario.StartAsync(Configuration);

    public async ValueTask DisposeAsync()
    {
        await Scenario.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal async Task<CreatePledgeResponse> PaidAsync(string tier = "one-time-10", int dollars = 10, Action<CreatePledgeRequest>? change = null, CallOptions caller = default, string card = "pm_card_visa")
    {
        // Ids sort by age, to the millisecond.
        Scenario.Pass(TimeSpan.FromSeconds(1));
        var request = await Scenario.RequestAsync(tier, Scenario.Usd(dollars), card);
        change?.Invoke(request);
        var made = await Scenario.Pledges.CreatePledgeAsync(request, caller);
        await Scenario.SettleAsync();
        return made;
    }

    /// <summary>Name of the newest payment's receipt.</summary>
    internal async Task<string> ReceiptOfAsync(CreatePledgeResponse made) => (await Scenario.PaymentsAsync(made))[0].Name + "/receipt";

    internal static string StatementOf(CreatePledgeResponse made, int year = 2026) => $"{string.Join('/', made.Pledge.Name.Split('/')[..2])}/annualStatements/{year}";

    internal async Task<Receipt> IssueAsync(string name, string locale = "", CallOptions? caller = null) =>
        await Scenario.Receipts.IssueReceiptAsync(new() { Name = name, Locale = locale }, caller ?? Support);

    internal async Task<AnnualStatement> StatementAsync(string name, string locale = "", CallOptions? caller = null) =>
        await Scenario.Receipts.IssueAnnualStatementAsync(new() { Name = name, Locale = locale }, caller ?? Support);

    internal async Task RefundAsync(string receipt, int dollars)
    {
        await Scenario.Payments.RefundPaymentAsync(
            new() { Name = receipt[..receipt.LastIndexOf('/')], RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(dollars) }, Scenario.Server.As("finance"));
        await Scenario.SettleAsync();
    }

    internal async Task<IReadOnlyList<ReceiptVersion>> LogAsync(string document = "", string number = "") =>
        (await Scenario.Receipts.ListReceiptVersionsAsync(new() { Document = document, Number = number }, Scenario.Server.As("finance"))).ReceiptVersions;

    /// <summary>With the characters that stand for themselves, such as no-break spaces.</summary>
    internal static string Plain(string html) => System.Net.WebUtility.HtmlDecode(html);

    internal static async Task<string> ReasonAsync<T>(Func<AsyncUnaryCall<T>> call) => (await Errors.OfAsync(call)).Reason();
}
