using System.CommandLine;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Donations.Cli;

/// <summary>`donations token`: the development issuer. In production staff tokens come from the OIDC issuer, and this one is not known.</summary>
internal static class TokenCommand
{
    public static readonly string[] Roles = ["editor", "finance", "support", "admin", "mailer", "auditor"];
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(8);

    public static Option<string?> DataOption() => new("--data") { Description = "Data directory of the development server; else DONATIONS_DATA, else `data` beside Donations.sln" };

    public static Command Create()
    {
        var role = new Option<string[]>("--role") { Description = $"{string.Join(", ", Roles)}; may be repeated", Required = true };
        role.AcceptOnlyFromAmong(Roles);
        var subject = new Option<string>("--subject") { Description = "Who the token is for", DefaultValueFactory = _ => "developer" };
        var lifetime = new Option<TimeSpan>("--lifetime") { Description = "How long it works, hh:mm:ss", DefaultValueFactory = _ => DefaultLifetime };
        var data = DataOption();
        var command = new Command("token", "Mint a staff token of a development server, alone on standard output. Example: donations token --role finance") { role, subject, lifetime, data };
        command.SetAction(parsed => Console.WriteLine(Mint(Find(parsed.GetValue(data)), parsed.GetValue(role)!, parsed.GetValue(subject)!, parsed.GetValue(lifetime))));
        return command;
    }

    public static string Find(string? data) => DataDirectory.Find(data, Environment.GetEnvironmentVariable("DONATIONS_DATA"), Environment.CurrentDirectory, AppContext.BaseDirectory);

    public static string Mint(string dataDirectory, IEnumerable<string> roles, string subject, TimeSpan lifetime) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "donations-development",
            Audience = "donations",
            Subject = new([new Claim("sub", subject), .. roles.Select(r => new Claim("roles", r))]),
            Expires = TimeProvider.System.GetUtcNow().Add(lifetime).UtcDateTime,
            SigningCredentials = new(new SymmetricSecurityKey(DataDirectory.IssuerKey(dataDirectory)), SecurityAlgorithms.HmacSha256),
        });
}
