using Donations.Server.Storage;

namespace Donations.Server.Reminders;

internal static class RemindersModule
{
    public static IServiceCollection AddReminders(this IServiceCollection services)
    {
        // These tell the path of each request, the first also as a scope of every line: the path of a reminder's link is a secret. No setting brings them back.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.StaticFiles", LogLevel.Warning));
        services.AddSingleton<MailReminders>();
        services.AddSingleton<IChore, SendReminders>();
        return services;
    }

    public static void MapReminders(this IEndpointRouteBuilder routes) => routes.MapCancelPage();
}
