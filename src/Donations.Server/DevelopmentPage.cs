using Microsoft.Extensions.FileProviders;

namespace Donations.Server;

/// <summary>
/// Development only: the demo page at the root, plain files from wwwroot. They lie beside the sources while one works on them, and
/// beside the assembly where the server was published or is composed by a test.
/// </summary>
internal static class DevelopmentPage
{
    /// <summary>Nothing but this origin and Stripe's script, frames and API; the simulator is always on a loopback address.</summary>
    private const string Policy =
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'self'; img-src 'self' https: data:; "
        + "script-src 'self' https://js.stripe.com http://127.0.0.1:* http://localhost:*; "
        + "connect-src 'self' https://api.stripe.com http://127.0.0.1:* http://localhost:*; "
        + "frame-src https://js.stripe.com https://hooks.stripe.com http://127.0.0.1:* http://localhost:*";

    public static WebApplication UseDevelopmentPage(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment() || Find(app.Environment.ContentRootPath) is not { } root)
            return app;
        var files = new PhysicalFileProvider(root);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = static context =>
            {
                var headers = context.Context.Response.Headers;
                headers.CacheControl = "no-cache";
                headers.XContentTypeOptions = "nosniff";
                headers.ContentSecurityPolicy = Policy;
                headers["Referrer-Policy"] = "no-referrer";
            },
        });
        return app;
    }

    private static string? Find(string contentRoot) =>
        new[] { contentRoot, AppContext.BaseDirectory }.Select(folder => Path.Combine(folder, "wwwroot")).FirstOrDefault(root => File.Exists(Path.Combine(root, "index.html")));
}
