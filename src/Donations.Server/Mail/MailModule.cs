using Donations.Server.Storage;

namespace Donations.Server.Mail;

internal static class MailModule
{
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var options = MailOptions.Load(configuration);
        services.AddSingleton(options);
        services.AddSingleton<MailOutbox>();
        services.AddSingleton<UnsubscribeLinks>();
        services.AddSingleton<MailPost>();
        services.AddSingleton<IChore, ForgetMails>();
        if (environment.IsDevelopment() && options.Mode == MailMode.Mailer && options.Directory.Length > 0)
        {
            services.AddSingleton<DevelopmentMailer>();
            services.AddHostedService(p => p.GetRequiredService<DevelopmentMailer>());
        }

        return services;
    }

    public static void MapMail(this IEndpointRouteBuilder routes) => routes.MapGrpcService<MailService>();
}
