using Donations.Server.Money;
using Donations.Server.Storage;

namespace Donations.Server.Ledger;

internal static class LedgerModule
{
    public static IServiceCollection AddLedger(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(LedgerOptions.Section).Get<LedgerOptions>() ?? new();
        services.AddSingleton(options);
        services.AddSingleton(new ChartOfAccounts(options));
        services.AddSingleton(new BookCalendar(options));
        services.AddSingleton<LedgerStore>();
        services.AddSingleton<BalanceTransactions>();
        services.AddSingleton<PayoutStore>();
        services.AddSingleton<Proposals>();
        services.AddSingleton<Closing>();
        services.AddSums(LedgerSums.Journal).AddSums(LedgerSums.Balance);
        services.AddSingleton<RollUps>();
        services.AddHostedService(p => p.GetRequiredService<RollUps>());
        services.AddSingleton<IInvariants, LedgerInvariants>();
        services.AddSingleton<BooksMetrics>();
        services.AddSingleton<BooksCheck>();
        services.AddSingleton<IChore>(p => p.GetRequiredService<BooksCheck>());
        services.AddSingleton(new FeeSchedule(FeeOptions.Load(configuration)));
        services.AddSingleton<ExceptionStore>();
        services.AddSingleton<LedgerGuard>();
        services.AddSingleton<LedgerHead>();
        services.AddSingleton<LedgerChain>();
        services.AddSingleton<LedgerWatch>();
        services.AddHostedService(p => p.GetRequiredService<LedgerWatch>());
        return services;
    }

    /// <summary>A roll-up that each commit completes.</summary>
    public static IServiceCollection AddSums(this IServiceCollection services, Sums sums) => services.AddSingleton<IRollUp>(sums).AddSingleton<ICommitStep>(sums);

    public static void MapLedger(this IEndpointRouteBuilder routes) => routes.MapGrpcService<LedgerService>();
}
