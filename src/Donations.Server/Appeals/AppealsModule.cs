using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Appeals;

internal static class AppealsModule
{
    public static IServiceCollection AddAppeals(this IServiceCollection services)
    {
        services.AddSingleton<PreparedAppeals>();
        services.AddSingleton<AppealPreview>();
        services.AddSingleton<IChore, PublishProgress>();
        services.AddSingleton<AppealMetrics>();
        services.AddSingleton<AppealEvents>();
        services.AddSingleton<IChore, ForgetEventBatches>();
        services.AddSingleton<BanditTrials>(p =>
        {
            var catalog = p.GetRequiredService<CampaignCatalog>();
            return () => BanditTrial.Of(catalog.Current, static campaign => campaign.Resource.Allocation == Allocation.Bandit);
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
