namespace Donations.Server.Operations;

internal static class OperationsModule
{
    public static void MapOperations(this IEndpointRouteBuilder routes) => routes.MapGrpcService<OperationsService>();
}
