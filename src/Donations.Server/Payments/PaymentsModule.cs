using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Stripe;

namespace Donations.Server.Payments;

internal static class PaymentsModule
{
    public static IServiceCollection AddPayments(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var options = StripeOptions.Load(configuration, environment.IsDevelopment());
        services.AddSingleton(options);
        services.AddSingleton<SimulatorAddress>();
        services.AddSingleton<WebhookSecrets>();
        if (options.Mode == StripeMode.Simulator)
        {
            services.AddSingleton<SimulatorHosting>();
            services.AddHostedService(p => p.GetRequiredService<SimulatorHosting>());
        }

        services.AddSingleton(p => new StripeNetwork(options));
        services.AddSingleton<IStripeClient>(p => CreateClient(options, p.GetRequiredService<StripeNetwork>(), options.Mode == StripeMode.Simulator ? p.GetRequiredService<SimulatorAddress>().ApiBase : options.ApiBase));
        services.AddSingleton(p => new Lazy<IStripeClient>(p.GetRequiredService<IStripeClient>));
        services.AddSingleton<StripeReads>();
        services.TryAddSingleton<IPaymentGateway, StripeGateway>();
        services.AddSingleton<AccountCheck>();
        services.AddHostedService(p => p.GetRequiredService<AccountCheck>());
        services.AddSingleton<IChore>(p => p.GetRequiredService<AccountCheck>());
        services.AddSingleton<PaymentStore>();
        services.AddSingleton(configuration.GetSection(RefundOptions.Section).Get<RefundOptions>() ?? new());
        services.AddSingleton<Refunds>();
        services.AddSingleton<IStripeOperationHandler>(p => p.GetRequiredService<Refunds>());
        services.AddSingleton<Disputes>();
        services.AddSingleton<IStripeOperationHandler>(p => p.GetRequiredService<Disputes>());
        services.AddSingleton<StripeOperations>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<Settlements>();
        services.AddSingleton<BooksSync>();
        services.AddSingleton<IReconciliationStage>(p => p.GetRequiredService<BooksSync>());
        services.AddSingleton<IPayoutReader>(p => p.GetRequiredService<BooksSync>());
        services.AddSingleton<IBalanceObserver>(p => p.GetRequiredService<BooksSync>());
        services.AddSums(GiftSums.Gifts);
        services.AddSingleton(p => GiftSums.Preparation(p.GetRequiredService<BookCalendar>()));
        services.AddSingleton<IRollUp, DonorYears>();
        services.AddSingleton<IRollUp, LifecycleYears>();
        services.AddSingleton<IInvariants, PaymentInvariants>();
        services.AddSingleton(configuration.GetSection(SettlementOptions.Section).Get<SettlementOptions>() ?? new());
        services.AddSingleton<IClosingObstacle>(p => p.GetRequiredService<AwaitingSettlement>());
        services.AddSingleton<AwaitingSettlement>();
        services.AddSingleton<IChore>(p => p.GetRequiredService<AwaitingSettlement>());
        services.AddSingleton<IStripeEventHandler>(p => p.GetRequiredService<BooksSync>());
        services.AddSingleton<InboxWorker>();
        services.AddHostedService(p => p.GetRequiredService<InboxWorker>());
        services.AddSingleton<IChore, ForgetOld>();
        services.AddSingleton<IChore, SweepBooks>();
        services.AddSingleton<IChore, PollEvents>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<IChore>(p => p.GetRequiredService<Reconciler>());
        services.AddSingleton<OperationsWorker>();
        services.AddHostedService(p => p.GetRequiredService<OperationsWorker>());
        return services;
    }

    public static void MapPayments(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<PaymentService>();
        routes.MapStripeWebhook();
    }

    /// <summary>One client, never the static configuration. Telemetry off: it writes a file and an id of this machine.</summary>
    private static StripeClient CreateClient(StripeOptions options, StripeNetwork network, string apiBase)
    {
        var http = new HttpClient(network) { Timeout = options.CallTimeout };
        return new(new StripeClientOptions
        {
            ApiKey = options.ApiKey,
            ApiBase = apiBase,
            HttpClient = new SystemNetHttpClient(httpClient: http, maxNetworkRetries: options.NetworkRetries, appInfo: null, enableTelemetry: false),
        });
    }
}
