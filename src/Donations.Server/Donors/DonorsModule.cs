using System.Security.Cryptography;
using Donations.Mailer;
using Donations.Server.Storage;

namespace Donations.Server.Donors;

/// <summary>The vault's keys.</summary>
internal sealed class VaultOptions
{
    public const string Section = "Vault";

    /// <summary>Public keys that contacts are sealed to (base64 of SubjectPublicKeyInfo, P-256): the mailer's first. Required outside Development.</summary>
    public List<string> PublicKeys { get; } = [];
}

internal static class DonorsModule
{
    /// <summary>File of the development mailer's private key; in production it is never on this machine.</summary>
    public const string DevelopmentMailerKey = "development-mailer.pem";

    public static IServiceCollection AddDonors(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var options = configuration.GetSection(VaultOptions.Section).Get<VaultOptions>() ?? new();
        var development = environment.IsDevelopment();
        if (options.PublicKeys.Count == 0 && !development)
            throw new InvalidOperationException("Vault:PublicKeys is required outside Development: contacts are sealed to the mailer's key. Refusing to start.");
        services.AddSingleton(configuration.GetSection(DonorSafetyOptions.Section).Get<DonorSafetyOptions>() ?? new());
        services.AddSingleton(p =>
        {
            var directory = p.GetRequiredService<DataDirectory>();
            var random = p.GetRequiredService<RandomSource>();
            var keys = options.PublicKeys.Select(Convert.FromBase64String).ToList();
            if (keys.Count == 0)
                keys.Add(DevelopmentPublicKey(directory.Key(DevelopmentMailerKey)));
            return new ContactSealer(keys.ConvertAll(Recipient.FromPublicKey), KeyFile.Load(directory.Key("blind-index.key"), 32, development, random), random);
        });
        services.AddSingleton(p =>
        {
            var time = p.GetRequiredService<TimeProvider>();
            return new VaultFile(Database.Open(p.GetRequiredService<DataDirectory>().File("vault.db"), "vault", time, p.GetRequiredService<ILoggerFactory>()), time);
        });
        services.AddSingleton<ContactVault>();
        services.AddSingleton<ReminderVault>();
        return services;
    }

    /// <summary>A missing or unusable key stops the start, not the first pledge.</summary>
    public static void CheckVault(this WebApplication app) => app.Services.GetRequiredService<ContactVault>();

    private static byte[] DevelopmentPublicKey(string path)
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path))
        {
            key.ImportFromPem(File.ReadAllText(path));
        }
        else
        {
            DataDirectory.Create(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, key.ExportPkcs8PrivateKeyPem());
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return key.ExportSubjectPublicKeyInfo();
    }
}
