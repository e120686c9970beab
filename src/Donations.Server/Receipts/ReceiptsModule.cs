namespace Donations.Server.Receipts;

internal static class ReceiptsModule
{
    public static IServiceCollection AddReceipts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(ReceiptOptions.Load(configuration));
        services.AddSingleton<ReceiptSources>();
        services.AddSingleton<ReceiptMapping>();
        services.AddSingleton<ReceiptIssuer>();
        return services;
    }

    public static void MapReceipts(this IEndpointRouteBuilder routes) => routes.MapGrpcService<ReceiptService>();
}
