using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Http;

/// <summary>One call to the API, as its endpoint sees it.</summary>
internal sealed class ApiRequest(World world, string method, string path, ApiParams parameters, Expansion expand)
{
    public World World => world;

    public string Method => method;

    public string Path => path;

    public ApiParams Params => parameters;

    public Expansion Expand => expand;

    public required string RequestId { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>Called with the publishable key, from a browser.</summary>
    public bool Publishable { get; init; }

    /// <summary>Without the pinned Stripe-Version: as from an account of an older version, which has the older names of some parameters.</summary>
    public bool Legacy { get; init; }

    /// <summary>The variable parts of the path.</summary>
    public IReadOnlyList<string> Args { get; set; } = [];

    public string Id => Args[0];

    /// <summary>The entity that the path names.</summary>
    public T Target<T>(string noun)
        where T : Entity => world.Store.Find<T>(Id) ?? throw StripeError.NotFound(noun, Id);

    /// <summary>An entity that a parameter names, or null if the parameter is absent.</summary>
    public T? Named<T>(string param, string noun)
        where T : Entity => Named<T>(parameters, param, noun);

    public T? Named<T>(ApiParams p, string param, string noun)
        where T : Entity
    {
        if (p.Text(param) is not { } id)
            return null;
        // A deleted customer can be looked at and no longer be used.
        return world.Store.Find<T>(id) is { } entity and not Customer { Deleted: true } ? entity : throw StripeError.NoSuch(noun, id, p.PathOf(param));
    }

    public JsonNode Render(Entity entity) => world.Render.Any(entity, expand);
}

internal delegate JsonNode ApiHandler(ApiRequest request);
