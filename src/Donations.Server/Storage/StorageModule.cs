namespace Donations.Server.Storage;

/// <summary>Where the service keeps its files.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>Directory of databases and keys; relative to the content root.</summary>
    public string Directory { get; set; } = "data";
}

/// <summary>The data directory, resolved.</summary>
internal sealed record DataDirectory(string Path)
{
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a directory that only the service's user can enter.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A key file; all keys live in one folder, so that a backup can leave them out.</summary>
    public string Key(string name) => System.IO.Path.Combine(Path, "keys", name);
}

internal static class StorageModule
{
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var options = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new();
        services.AddSingleton(new DataDirectory(Path.GetFullPath(options.Directory, environment.ContentRootPath)));
        services.AddSingleton(p => Database.Open(
            p.GetRequiredService<DataDirectory>().File("donations.db"), "main", p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILoggerFactory>(), [.. p.GetServices<ICommitStep>()]));
        services.AddSingleton<Ids>();
        return services;
    }
}
