namespace Donations.Server.Reports;

internal static class ReportsModule
{
    public static IServiceCollection AddReports(this IServiceCollection services)
    {
        services.AddSingleton<ReportStore>();
        services.AddSingleton<BalanceReports>();
        services.AddSingleton<LedgerReports>();
        services.AddSingleton<PledgeReports>();
        services.AddSingleton<ReportTables>();
        services.AddSingleton<ReportExporter>();
        return services;
    }

    public static void MapReports(this IEndpointRouteBuilder routes) => routes.MapGrpcService<ReportService>();
}
