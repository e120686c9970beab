using System.Security.Claims;
using Donations.Server.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Donations.Server.Rpc;

/// <summary>Where staff tokens come from.</summary>
internal sealed class AuthOptions
{
    public const string Section = "Auth";

    /// <summary>OIDC issuer whose discovery document names the signing keys. Required outside Development.</summary>
    public string? Authority { get; set; }

    /// <summary>Audience that staff tokens must carry.</summary>
    public string Audience { get; set; } = "donations";

    /// <summary>How long a donor's access token works.</summary>
    public TimeSpan DonorTokenLifetime { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>
/// Bearer tokens: makes donors' capability tokens and tells who a token's bearer is. Staff come with a JWT of the
/// configured OIDC issuer or, in development only, of the built-in one (`donations token --role finance`).
/// </summary>
internal sealed class CallerTokens
{
    public const string DevelopmentIssuer = "donations-development";
    private const string DonorIssuer = "donations-donor";
    private const string DonorAudience = "donations-donor";
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };
    private readonly TimeProvider _time;
    private readonly TimeSpan _lifetime;
    private readonly SigningCredentials _donorSigning;
    private readonly TokenValidationParameters _donor;
    private readonly TokenValidationParameters? _development;
    private readonly TokenValidationParameters? _staff;

    public CallerTokens(AuthOptions options, ServiceKeys keys, byte[]? developmentKey, TimeProvider time)
    {
        _time = time;
        _lifetime = options.DonorTokenLifetime;
        _donorSigning = new(new SymmetricSecurityKey(keys.DonorTokens), SecurityAlgorithms.HmacSha256);
        _donor = Parameters(DonorIssuer, DonorAudience, _donorSigning.Key);
        if (developmentKey is not null)
            _development = Parameters(DevelopmentIssuer, options.Audience, new SymmetricSecurityKey(developmentKey));
        if (options.Authority is { Length: > 0 } authority)
        {
            _staff = Parameters(authority, options.Audience, null);
            _staff.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
                authority.TrimEnd('/') + "/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever());
        }
    }

    /// <summary>A capability token for one donor's own resources.</summary>
    public (string Token, long ExpireTimeMicros) ForDonor(string donorId)
    {
        var now = _time.GetUtcNow();
        var expires = now + _lifetime;
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = DonorIssuer,
            Audience = DonorAudience,
            Subject = new([new Claim("sub", donorId)]),
            IssuedAt = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = _donorSigning,
        });
        return (token, DateTimeOffset.FromUnixTimeSeconds(expires.ToUnixTimeSeconds()).ToMicros());
    }

    /// <summary>Who sent this `authorization` header.</summary>
    /// <exception cref="Grpc.Core.RpcException">TOKEN_MISSING or TOKEN_INVALID.</exception>
    public async Task<Caller> IdentifyAsync(string? header)
    {
        if (string.IsNullOrEmpty(header))
            throw RpcErrors.TokenMissing();
        const string scheme = "Bearer ";
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            throw RpcErrors.TokenInvalid();
        var token = header[scheme.Length..].Trim();
        var issuer = Issuer(token);
        var parameters = issuer switch
        {
            DonorIssuer => _donor,
            DevelopmentIssuer => _development,
            _ => _staff,
        };
        if (parameters is null || await _handler.ValidateTokenAsync(token, parameters) is not { IsValid: true } result)
            throw RpcErrors.TokenInvalid();

        var subject = result.ClaimsIdentity.FindFirst("sub")?.Value;
        if (string.IsNullOrEmpty(subject))
            throw RpcErrors.TokenInvalid();
        if (issuer == DonorIssuer)
            return new(Roles.None, subject, "donors/" + subject);
        var roles = result.ClaimsIdentity.FindAll("roles").Aggregate(Roles.None, (all, claim) => all | Role(claim.Value));
        return new(roles, null, "staff/" + subject);
    }

    /// <summary>Who a token says that it is from. CanReadToken counts dots only: what is between them may still be no JSON.</summary>
    private string Issuer(string token)
    {
        try
        {
            return _handler.CanReadToken(token) ? _handler.ReadJsonWebToken(token).Issuer : throw RpcErrors.TokenInvalid();
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            throw RpcErrors.TokenInvalid();
        }
    }

    private static Roles Role(string name) => name switch
    {
        "editor" => Roles.Editor,
        "finance" => Roles.Finance,
        "support" => Roles.Support,
        "admin" => Roles.Admin,
        "mailer" => Roles.Mailer,
        "auditor" => Roles.Auditor,
        _ => Roles.None,
    };

    private TokenValidationParameters Parameters(string issuer, string audience, SecurityKey? key) => new()
    {
        ValidIssuer = issuer,
        ValidAudience = audience,
        IssuerSigningKey = key,
        ValidAlgorithms = key is null ? null : [SecurityAlgorithms.HmacSha256],
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) =>
        {
            var now = _time.GetUtcNow().UtcDateTime;
            return expires > now && (notBefore is null || notBefore <= now.AddMinutes(1));
        },
    };
}
