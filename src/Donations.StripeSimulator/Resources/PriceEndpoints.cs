using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Resources;

internal static class PriceEndpoints
{
    private const string Intervals = "day|week|month|year";

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/prices", Create);
        router.Get("/v1/prices", List);
        router.Get("/v1/prices/*", Read);
        router.Post("/v1/prices/*", Update);
    }

    /// <summary>A price given inline, without <c>product</c> looked up yet.</summary>
    public static Price Inline(ApiRequest request, ApiParams data)
    {
        var price = Money(data);
        price.Product = request.Named<Product>(data, "product", "product")?.Id ?? throw StripeError.Missing(data.PathOf("product"));
        Recurring(price, data.Hash("recurring") ?? throw StripeError.Missing(data.PathOf("recurring")));
        // Inline prices are not for reuse: Stripe makes them inactive.
        price.Active = false;
        return price;
    }

    /// <summary>A Checkout line's price: recurring or not, its product perhaps still to be made.</summary>
    public static (Price Price, string? ProductName) CheckoutInline(ApiRequest request, ApiParams data)
    {
        var price = Money(data);
        var name = data.Hash("product_data")?.RequiredText("name");
        data.Hash("product_data")?.Accept("description", "images", "metadata");
        if (request.Named<Product>(data, "product", "product") is { } product)
            price.Product = product.Id;
        else if (name is null)
            throw StripeError.Missing(data.PathOf("product"));
        if (data.Hash("recurring") is { } recurring)
            Recurring(price, recurring);
        price.Active = false;
        return (price, price.Product.Length > 0 ? null : name);
    }

    public static Price Add(World world, Price price)
    {
        price.Id = world.Ids.Next("price_");
        price.Created = world.Now;
        world.Store.Add(price);
        world.Events.Emit("price.created", price);
        return price;
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var price = Money(p);
        price.Metadata = MetadataRules.Merge(p, null);
        price.Active = p.Flag("active") ?? true;
        price.Nickname = p.Text("nickname");
        if (p.Hash("recurring") is { } recurring)
            Recurring(price, recurring);
        var product = request.Named<Product>("product", "product");
        var productName = p.Hash("product_data")?.RequiredText("name");
        if (product is null && productName is null)
            throw StripeError.Missing("product");
        var key = p.Text("lookup_key");
        var transfer = p.Flag("transfer_lookup_key") ?? false;
        p.Finish();
        CheckLookupKey(world, key, transfer, null);

        if (product is null)
        {
            product = world.Store.Add(new Product { Id = world.Ids.Next("prod_", 14), Name = productName!, Created = world.Now, Updated = world.Now });
            world.Events.Emit("product.created", product);
        }
        price.Product = product.Id;
        TakeLookupKey(world, price, key);
        return request.Render(Add(world, price));
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<Price>("price"));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var price = request.Target<Price>("price");
        var before = world.Render.Snapshot(price);
        var metadata = MetadataRules.Merge(p, price.Metadata);
        var active = p.Flag("active") ?? price.Active;
        var nickname = p.TextOr("nickname", price.Nickname);
        var setsKey = p.Has("lookup_key");
        var key = p.Text("lookup_key");
        var transfer = p.Flag("transfer_lookup_key") ?? false;
        p.Finish();
        CheckLookupKey(world, key, transfer, price);
        (price.Metadata, price.Active, price.Nickname) = (metadata, active, nickname);
        if (setsKey)
            TakeLookupKey(world, price, key);
        world.Store.Touch(price);
        world.Events.EmitChange("price.updated", price, before);
        return request.Render(price);
    }

    private static JsonNode List(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var keys = p.Texts("lookup_keys");
        var product = p.Text("product");
        var active = p.Flag("active");
        var currency = p.Text("currency");
        var type = p.Choice("type", "one_time|recurring");
        var rows = keys is not null ? keys.SelectMany(key => store.PricesByLookupKey[key]).OrderByDescending(price => price.Seq)
            : product is not null ? store.PricesByProduct.NewestFirst(product)
            : store.Prices.NewestFirst();
        return ApiList.Page(request, rows.Where(price =>
            (product is null || price.Product == product) && (active is null || price.Active == active) && (currency is null || price.Currency == currency)
            && (type is null || type == "one_time" == (price.Interval is null))), "price");
    }

    private static Price Money(ApiParams p)
    {
        var currency = CommonParams.Currency(p);
        p.Choice("billing_scheme", "per_unit");
        p.Choice("tax_behavior", "unspecified");
        var amount = p.Integer("unit_amount") ?? p.Integer("unit_amount_decimal") ?? throw StripeError.Missing(p.PathOf("unit_amount"));
        if (amount < 0)
            throw StripeError.Invalid("Invalid non-negative integer", p.PathOf("unit_amount"), "parameter_invalid_integer");
        return new Price { Currency = currency, UnitAmount = amount };
    }

    private static void Recurring(Price price, ApiParams recurring)
    {
        price.Interval = recurring.Choice("interval", Intervals) ?? throw StripeError.Missing(recurring.PathOf("interval"));
        price.IntervalCount = (int)(recurring.Integer("interval_count") ?? 1);
        recurring.Choice("usage_type", "licensed");
        if (price.IntervalCount is < 1 or > 1096)
            throw StripeError.Invalid("Invalid interval_count", recurring.PathOf("interval_count"), "parameter_invalid_integer");
    }

    private static void CheckLookupKey(World world, string? key, bool transfer, Price? self)
    {
        if (key is null || transfer || world.Store.PricesByLookupKey[key].All(p => p == self))
            return;
        throw StripeError.Invalid(
            $"A price (`{world.Store.PricesByLookupKey[key][0].Id}`) already uses that lookup key. Pass `transfer_lookup_key=true` to transfer the lookup key.", "lookup_key");
    }

    private static void TakeLookupKey(World world, Price price, string? key)
    {
        foreach (var holder in key is null ? [] : world.Store.PricesByLookupKey[key].ToList())
        {
            holder.LookupKey = null;
            world.Store.Touch(holder);
        }
        price.LookupKey = key;
    }
}
