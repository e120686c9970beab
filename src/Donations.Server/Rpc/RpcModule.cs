using Donations.Server.Storage;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Donations.Server.Rpc;

internal static class RpcModule
{
    /// <summary>Largest message that a client may send.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    public static IServiceCollection AddRpc(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var auth = configuration.GetSection(AuthOptions.Section).Get<AuthOptions>() ?? new();
        var development = environment.IsDevelopment();
        if (!development && string.IsNullOrEmpty(auth.Authority))
            throw new InvalidOperationException("Auth:Authority is required outside Development: the built-in issuer does not exist there. Refusing to start.");

        services.AddSingleton(p => ServiceKeys.Load(p.GetRequiredService<DataDirectory>().Key("service.key"), development, p.GetRequiredService<RandomSource>()));
        services.AddSingleton(p => new CallerTokens(
            auth,
            p.GetRequiredService<ServiceKeys>(),
            development ? KeyFile.Load(p.GetRequiredService<DataDirectory>().Key("development-issuer.key"), 32, true, p.GetRequiredService<RandomSource>()) : null,
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PageTokens>();
        services.AddSingleton<Idempotency>();
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MaxMessageBytes;
            options.IgnoreUnknownServices = false;
            options.Interceptors.Add<ErrorInterceptor>();
            options.Interceptors.Add<AccessInterceptor>();
            options.Interceptors.Add<RequiredFieldsInterceptor>();
        }).AddJsonTranscoding(options =>
        {
            // Without the details' types every rich error would answer HTTP 500.
            options.TypeRegistry = TypeRegistry.FromFiles([ErrorDetailsReflection.Descriptor, .. AccessTable.ContractFiles]);
            options.JsonSettings.WriteInt64sAsStrings = true;
            options.JsonSettings.IgnoreDefaultValues = true;
        });
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<AccessInterceptor>();
        services.AddSingleton<RequiredFieldsInterceptor>();
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(options =>
        {
            foreach (var (service, _) in AccessTable.Services)
                options.Services.Map(service.FullName, _ => true);
        }).AddCheck("started", () => HealthCheckResult.Healthy());
        services.AddCors(options => options.AddDefaultPolicy(policy => policy
            .WithOrigins(configuration.GetSection("Cors:Origins").Get<string[]>() ?? [])
            .SetIsOriginAllowed(origin => development || configuration.GetSection("Cors:Origins").Get<string[]>()?.Contains(origin, StringComparer.OrdinalIgnoreCase) == true)
            .AllowAnyHeader()
            .WithMethods("GET", "POST", "PATCH", "DELETE")
            .WithExposedHeaders("Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin")));
        return services;
    }

    public static WebApplication UseRpc(this WebApplication app)
    {
        // A missing key must stop the start, not the first call; and in development `donations token` needs the issuer's key at once.
        app.Services.GetRequiredService<CallerTokens>();
        app.UseRouting();
        app.UseCors();
        app.UseGrpcWeb(new() { DefaultEnabled = true });
        app.UseJsonDoor();
        app.UseFrameworkErrors();
        app.UseDeadlineCap();
        app.MapGrpcHealthChecksService();
        if (app.Environment.IsDevelopment())
            app.MapGrpcReflectionService();
        return app;
    }
}
