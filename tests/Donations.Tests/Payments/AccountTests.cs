using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Payments;

/// <summary>A database has the books of one Stripe account, in one mode, for good.</summary>
public sealed class AccountTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    private Database Database => _scenario.Server.Services.GetRequiredService<Database>();

    private LedgerGuard Guard => _scenario.Server.Services.GetRequiredService<LedgerGuard>();

    [Fact]
    public async Task A_start_with_the_same_account_goes_on()
    {
        Assert.Equal(new BooksAccount("acct_simulator", 0), Database.Read(BooksAccount.Find));
        await _scenario.Server.RestartAsync();
        Assert.Equal(new BooksAccount("acct_simulator", 0), Database.Read(BooksAccount.Find));
    }

    [Theory]
    [InlineData("account_id = 'acct_other'", "acct_other (test mode)")]
    [InlineData("livemode = 1", "acct_simulator (live mode)")]
    public async Task A_key_of_another_account_or_mode_refuses_to_start_and_names_both(string change, string books)
    {
        await ChangeBooksAsync(change);
        var refused = await Assert.ThrowsAnyAsync<InvalidOperationException>(_scenario.Server.RestartAsync);
        Assert.Contains("The key is one of acct_simulator (test mode)", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"these books are of {books}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_Stripe_does_not_answer_it_is_asked_again_and_another_account_stops_money_writes()
    {
        await ChangeBooksAsync("account_id = 'acct_other'");
        var network = _scenario.Server.Services.GetRequiredService<StripeNetwork>();
        network.BeforeSend = _ => throw new HttpRequestException("no network");
        var check = NewCheck();
        await check.StartAsync(CancellationToken.None);
        Assert.Null(Guard.Why);
        network.BeforeSend = null;
        await check.RunAsync(CancellationToken.None);
        Assert.Contains("acct_other", Guard.Why!, StringComparison.Ordinal);
    }

    /// <summary>One that has asked nothing yet, as at a start.</summary>
    private AccountCheck NewCheck() => ActivatorUtilities.CreateInstance<AccountCheck>(_scenario.Server.Services);

    private Task ChangeBooksAsync(string change) => _scenario.ExecuteAsync($"DROP TRIGGER books_account_no_update; UPDATE books_account SET {change}");
}
