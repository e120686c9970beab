using Donations.Server.Appeals;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.Tests.Appeals;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Cli;

/// <summary>
/// A little of everything that reports tell of: gifts in two currencies, a renewal, a card that fails, a refund, a dispute, payouts, something
/// in suspense, and a month that somebody asked to close.
/// </summary>
public sealed class FinanceStory : IAsyncLifetime
{
    public const string From = "2026-11-01";
    public const string To = "2027-02-01";

    public Scenario Scenario { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Scenario = await Scenario.StartAsync();
        await Scenario.PledgeAsync();
        await Scenario.PledgeAsync("monthly-5", new() { CurrencyCode = "EUR", Units = 5 });
        await Scenario.PledgeAsync("one-time-10", Scenario.Usd(10), "pm_card_createDispute");
        var late = await Scenario.PledgeAsync("monthly-10", Scenario.Usd(10));
        var once = await Scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await Scenario.SettleAsync();
        var payment = Assert.Single(await Scenario.PaymentsAsync(once));
        await Scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(4) }, Scenario.Server.As("finance"));
        await Scenario.ReplaceCardAsync(late, "pm_card_chargeCustomerFail");
        await TryAppealsAsync();
        await Scenario.LiveAsync(TimeSpan.FromDays(33), TimeSpan.FromDays(1));
        await PostToSuspenseAsync();
        // A proposal is in the log of what people did.
        Assert.Equal(0, (await RunAsync("anna", JournalOpening)).ExitCode);
    }

    public ValueTask DisposeAsync() => Scenario.DisposeAsync();

    public static string[] JournalOpening => ["journal", "propose", "--reason", "bank opening", "--line", "1000 debit 5.10 USD", "--line", "3000 credit 5.1 USD fund=General fund"];

    /// <summary>Runs a command of `donations` as somebody of finance.</summary>
    internal Task<CliRun> RunAsync(string person, params string[] arguments) => RunAsync(Scenario, person, arguments);

    internal static Task<CliRun> RunAsync(Scenario scenario, string person, params string[] arguments) => CliRun.OfAsync(
        Donations.Cli.Root.Create(scenario.Time), [.. arguments, "--server", scenario.Server.GrpcAddress.ToString(), "--token", scenario.Server.Token("finance", person)]);

    /// <summary>A banner of which too little is known, and an appeal below articles of which enough is.</summary>
    private async Task TryAppealsAsync()
    {
        await Scenario.Server.Appeals.RecordAppealEventsAsync(AppealEventSamples.Batch(AppealEventSamples.Event(AppealEvent.Types.Type.View)));
        await Scenario.Server.Services.GetRequiredService<Database>().WriteAsync(connection =>
        {
            foreach (var (group, gifts) in (ReadOnlySpan<(ExperimentGroup, int)>)[(ExperimentGroup.Control, 60), (ExperimentGroup.Treatment, 150)])
            {
                ExperimentCounters.Add(connection, [new(new("press-in-exile", "article-end", Placement.ArticleEnd, group, "USD", ""), 3_000, 0, 0, 0, 0)], 20261124);
                for (var i = 0; i < gifts; i++)
                    ExperimentCounters.AddConversion(connection, ("press-in-exile", "article-end", Placement.ArticleEnd, group), new(200, "USD"), PledgeInterval.Monthly, new(2_400, 1_956), 20261124);
            }
        });
    }

    private async Task PostToSuspenseAsync()
    {
        var transactions = Scenario.Server.Services.GetRequiredService<BalanceTransactions>();
        var now = Scenario.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        await Scenario.Server.Services.GetRequiredService<Database>().WriteAsync(c => transactions.Post(c, new("txn_strange", "of_next_year", null, 700, 0, 700, "USD", null, now, now), null, false, PostingContext.None));
    }
}
