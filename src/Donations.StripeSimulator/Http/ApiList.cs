using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Http;

/// <summary>Stripe's lists: newest first, pages by cursor.</summary>
internal static class ApiList
{
    private const int DefaultLimit = 10;
    private const int MaxLimit = 100;

    /// <summary>Reads the page and range parameters, refuses unknown ones and renders the page of <paramref name="newestFirst"/>.</summary>
    public static JsonNode Page<T>(ApiRequest request, IEnumerable<T> newestFirst, string noun, Func<T, long>? created = null)
        where T : Entity
    {
        var p = request.Params;
        var limit = p.Integer("limit") ?? DefaultLimit;
        if (limit is < 1 or > MaxLimit)
            throw StripeError.Invalid($"This value must be between 1 and {MaxLimit} (inclusive).", "limit");
        var after = request.Named<T>("starting_after", noun);
        var before = request.Named<T>("ending_before", noun);
        if (after is not null && before is not null)
            throw StripeError.Invalid("You may specify only one of starting_after and ending_before.", "ending_before");
        var inRange = Range(p, "created");
        p.Finish();

        var rows = newestFirst.Where(row => inRange(created is null ? row.Created : created(row)));
        List<T> page;
        if (before is not null)
        {
            // The page right before the cursor: the oldest of those that are newer.
            page = rows.TakeWhile(row => row.Seq > before.Seq).TakeLast((int)limit + 1).ToList();
            var more = page.Count > limit;
            return Render(request, more ? page.GetRange(1, (int)limit) : page, more);
        }
        page = rows.Where(row => after is null || row.Seq < after.Seq).Take((int)limit + 1).ToList();
        return Render(request, page.Count > limit ? page.GetRange(0, (int)limit) : page, page.Count > limit);
    }

    /// <summary>A range such as <c>created[gte]</c>, or an exact <c>created</c>.</summary>
    public static Func<long, bool> Range(ApiParams p, string name)
    {
        if (!p.Has(name))
            return static _ => true;
        if (p.Unset(name))
            throw StripeError.Invalid($"Invalid {name}", name, "parameter_invalid_empty");
        if (p.IsScalar(name))
        {
            var exact = p.Integer(name);
            return value => value == exact;
        }
        var range = p.Hash(name);
        var (gt, gte, lt, lte) = (range!.Integer("gt"), range.Integer("gte"), range.Integer("lt"), range.Integer("lte"));
        return value => !(value <= gt || value < gte || value >= lt || value > lte);
    }

    /// <summary>A complete list inside another object.</summary>
    public static JsonObject Nested(string url, IEnumerable<JsonNode> data) => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. data]),
        ["has_more"] = false,
        ["url"] = url,
    };

    private static JsonObject Render<T>(ApiRequest request, List<T> page, bool more)
        where T : Entity
    {
        var expand = request.Expand.Take("data");
        if (page.Count == 0)
            expand?.TakeAll();
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Select(row => request.World.Render.Any(row, expand ?? Expansion.None))]),
            ["has_more"] = more,
            ["url"] = request.Path,
        };
    }
}
