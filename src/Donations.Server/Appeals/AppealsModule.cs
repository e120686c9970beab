using Donations.Server.Storage;

namespace Donations.Server.Appeals;

internal static class AppealsModule
{
    public static IServiceCollection AddAppeals(this IServiceCollection services)
    {
        services.AddSingleton<PreparedAppeals>();
        services.AddSingleton<AppealPreview>();
        services.AddSingleton<IChore, PublishProgress>();
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
