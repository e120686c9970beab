using Donations.Server.Storage;

namespace Donations.Server.Reminders;

internal static class RemindersModule
{
    public static IServiceCollection AddReminders(this IServiceCollection services)
    {
        services.AddSingleton<MailReminders>();
        services.AddSingleton<IChore, SendReminders>();
        return services;
    }

    public static void MapReminders(this IEndpointRouteBuilder routes) => routes.MapCancelPage();
}
