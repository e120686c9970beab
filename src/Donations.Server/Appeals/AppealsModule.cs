using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Donations.Server.Appeals;

internal static class AppealsModule
{
    public static IServiceCollection AddAppeals(this IServiceCollection services)
    {
        services.AddSingleton<PreparedAppeals>();
        services.AddSingleton<AppealMetrics>();
        services.AddSingleton<AppealEvents>();
        services.AddSingleton<IChore, ForgetEventBatches>();
        // Which campaigns the bandit chooses for; none asks for it yet.
        services.TryAddSingleton<BanditTrials>(p =>
        {
            var catalog = p.GetRequiredService<CampaignCatalog>();
            return () => BanditTrial.Of(catalog.Current, static _ => false);
        });
        services.AddSingleton<BanditEpochs>();
        services.AddSingleton<IChore, PlanBanditEpochs>();
        services.AddHostedService<BanditEpochsPoll>();
        services.AddSingleton<AppealService>();
        return services;
    }

    public static IEndpointRouteBuilder MapAppeals(this IEndpointRouteBuilder endpoints)
    {
        // Made now, so that the first reader does not wait for it.
        endpoints.ServiceProvider.GetRequiredService<PreparedAppeals>();
        endpoints.MapGrpcService<AppealService>();
        return endpoints;
    }
}
