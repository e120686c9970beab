using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;

namespace Donations.Server.Pledges;

internal static class PledgesModule
{
    public static IServiceCollection AddPledges(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IssuerGate>();
        services.AddSingleton<PledgeLetters>();
        services.AddSingleton<IChore, NoticesAhead>();
        services.AddSingleton<PledgeBook>();
        services.AddSums(Movements.Mrr).AddSums(Movements.Cohorts);
        services.AddSingleton(p => Movements.Preparation(p.GetRequiredService<BookCalendar>()));
        services.AddSingleton<PledgePayments>();
        services.AddSingleton<PledgeSync>();
        services.AddSingleton<IStripeEventHandler>(p => p.GetRequiredService<PledgeSync>());
        services.AddSingleton<IChargeResolver>(p => p.GetRequiredService<PledgeSync>());
        services.AddSingleton<IStripeOperationHandler, CreatePledgeOperation>();
        services.AddSingleton<IStripeOperationHandler, ChangeAmountOperation>();
        services.AddSingleton<IStripeOperationHandler, PauseOperation>();
        services.AddSingleton<IStripeOperationHandler, ResumeOperation>();
        services.AddSingleton<IStripeOperationHandler, CancelOperation>();
        services.AddSingleton<IStripeOperationHandler, KeepOperation>();
        services.AddSingleton<IStripeOperationHandler, ChangeIntervalOperation>();
        services.AddSingleton<IStripeOperationHandler, PaymentMethodOperation>();
        services.AddSingleton<IStripeOperationHandler, CheckoutOperation>();
        services.AddSingleton<IStripeOperationHandler, AbandonOperation>();
        services.AddSingleton<IStripeOperationHandler, StopRetriesOperation>();
        services.AddSingleton<IStripeOperationHandler, LapseOperation>();
        services.AddSingleton<IChore, ExpirePledges>();
        services.AddSingleton(configuration.GetSection(DunningOptions.Section).Get<DunningOptions>() ?? new());
        services.AddSingleton<IChore, LapsePledges>();
        services.AddSingleton(configuration.GetSection(FraudOptions.Section).Get<FraudOptions>() ?? new());
        services.AddSingleton<RiskSignals>();
        services.AddSingleton<IStripeEventHandler>(p => p.GetRequiredService<RiskSignals>());
        services.AddSingleton<IReconciliationStage, PledgeReconciliation>();
        services.AddSingleton<RecentCards>();
        services.AddSingleton<IChore>(p => p.GetRequiredService<RecentCards>());
        services.AddSingleton<PledgeMaker>();
        services.AddSingleton<PledgeChanger>();
        services.AddSingleton<PledgeConfirmer>();
        // What clients need for Stripe's library, with what the issuer gate asks of them.
        services.AddSingleton<Func<PaymentClientOptions>>(p =>
        {
            var options = p.GetRequiredService<StripeOptions>();
            var address = p.GetRequiredService<SimulatorAddress>();
            var tokenRequired = p.GetRequiredService<IssuerGate>().IsOn;
            return () => new(options.PublishableKey, options.Mode == StripeMode.Simulator ? address.ApiBase + "/v3/" : "https://js.stripe.com/endive/stripe.js", options.WireMode, tokenRequired);
        });
        return services;
    }

    public static void MapPledges(this IEndpointRouteBuilder routes) => routes.MapGrpcService<PledgeService>();
}
