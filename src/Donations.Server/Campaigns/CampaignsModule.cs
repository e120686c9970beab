namespace Donations.Server.Campaigns;

internal static class CampaignsModule
{
    public static IServiceCollection AddCampaigns(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        services.AddSingleton(AppealOptions.Load(configuration));
        services.AddSingleton<PreviewTokens>();
        services.AddSingleton<CatalogMetrics>();
        services.AddSingleton<CampaignCatalog>();
        services.AddSingleton<CampaignEditor>();
        services.AddSingleton<CampaignService>();
        // The seed comes first, so that the first snapshot holds it.
        if (environment.IsDevelopment())
            services.AddHostedService<DevelopmentSeed>();
        services.AddHostedService<CampaignCatalogPoll>();
        return services;
    }

    public static IEndpointRouteBuilder MapCampaigns(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<CampaignService>();
        return endpoints;
    }
}
