using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>Events and the endpoints that receive them.</summary>
internal static class WebhookEndpoints
{
    private const int MaxEndpoints = 16;
    private const int MaxTypes = 20;

    public static void Map(ApiRouter router)
    {
        router.Get("/v1/events", ListEvents);
        router.Get("/v1/events/*", ReadEvent);
        router.Post("/v1/webhook_endpoints", Create);
        router.Get("/v1/webhook_endpoints", request => ApiList.Page(request, request.World.Store.WebhookEndpoints.NewestFirst(), "webhook endpoint"));
        router.Get("/v1/webhook_endpoints/*", Read);
        router.Post("/v1/webhook_endpoints/*", Update);
        router.Delete("/v1/webhook_endpoints/*", Delete);
    }

    private static JsonNode ListEvents(ApiRequest request)
    {
        var p = request.Params;
        var type = p.Text("type");
        var types = p.Texts("types");
        var delivered = p.Flag("delivery_success");
        if (type is not null && types is not null)
            throw StripeError.Invalid("You may pass either `type` or `types`, but not both.", "types");
        if (types?.Count > MaxTypes)
            throw StripeError.Invalid($"You may pass up to {MaxTypes} types.", "types");
        request.World.Events.Prune();
        return ApiList.Page(request, request.World.Store.Events.NewestFirst().Where(e =>
            (type is null || Matches(e.Type, type)) && (types is null || types.Any(t => Matches(e.Type, t)))
            && (delivered is null || delivered == (e.PendingWebhooks == 0))), "event");
    }

    private static bool Matches(string type, string wanted) =>
        wanted.EndsWith(".*", StringComparison.Ordinal) ? type.StartsWith(wanted[..^1], StringComparison.Ordinal) : type == wanted;

    private static JsonNode ReadEvent(ApiRequest request)
    {
        request.Params.Finish();
        request.World.Events.Prune();
        return request.Render(request.Target<StripeEvent>("event"));
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var endpoint = new WebhookEndpoint
        {
            Url = CheckedUrl(p.RequiredText("url")),
            EnabledEvents = EnabledEvents(p) ?? throw StripeError.Missing("enabled_events"),
            ApiVersion = p.Text("api_version"),
            Description = p.Text("description"),
            Metadata = MetadataRules.Merge(p, null),
            Created = world.Now,
        };
        p.Choice("connect", "false");
        p.Finish();
        if (world.Store.WebhookEndpoints.Count >= MaxEndpoints)
            throw StripeError.State($"You have reached the maximum of {MaxEndpoints} test webhook endpoints.");
        endpoint.Id = world.Ids.Next("we_");
        endpoint.Secret = world.Ids.Next("whsec_", 32);
        world.Store.Add(endpoint);
        var json = (JsonObject)request.Render(endpoint);
        json["secret"] = endpoint.Secret;
        return json;
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<WebhookEndpoint>("webhook endpoint"));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var endpoint = request.Target<WebhookEndpoint>("webhook endpoint");
        var url = p.Has("url") ? CheckedUrl(p.RequiredText("url")) : endpoint.Url;
        var events = EnabledEvents(p) ?? endpoint.EnabledEvents;
        var description = p.TextOr("description", endpoint.Description);
        var metadata = MetadataRules.Merge(p, endpoint.Metadata);
        var disabled = p.Flag("disabled") ?? endpoint.Disabled;
        p.Finish();
        (endpoint.Url, endpoint.EnabledEvents, endpoint.Description, endpoint.Metadata, endpoint.Disabled) = (url, events, description, metadata, disabled);
        world.Store.Touch(endpoint);
        return request.Render(endpoint);
    }

    private static JsonNode Delete(ApiRequest request)
    {
        request.Params.Finish();
        var endpoint = request.Target<WebhookEndpoint>("webhook endpoint");
        request.World.Store.Remove(endpoint);
        return new JsonObject { ["id"] = endpoint.Id, ["object"] = "webhook_endpoint", ["deleted"] = true };
    }

    private static List<string>? EnabledEvents(ApiParams p) => p.Texts("enabled_events") is { Count: > 0 } events ? [.. events] : null;

    private static string CheckedUrl(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri!.Scheme is "http" or "https"
        ? url
        : throw StripeError.Invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid");
}
