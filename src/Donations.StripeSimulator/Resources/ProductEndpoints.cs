using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Resources;

internal static class ProductEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Post("/v1/products", Create);
        router.Get("/v1/products", List);
        router.Get("/v1/products/*", Read);
        router.Post("/v1/products/*", Update);
        router.Delete("/v1/products/*", Delete);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var product = new Product { Name = p.RequiredText("name"), Metadata = MetadataRules.Merge(p, null), Created = world.Now, Updated = world.Now };
        var id = p.Text("id");
        Fill(product, p);
        p.Choice("type", "service|good");
        p.Finish();
        if (world.Store.Find(id) is not null)
            throw StripeError.Invalid($"Product already exists with ID: {id}", "id", "resource_already_exists");
        product.Id = id ?? world.Ids.Next("prod_", 14);
        world.Store.Add(product);
        world.Events.Emit("product.created", product);
        return request.Render(product);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<Product>("product"));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var product = request.Target<Product>("product");
        var before = world.Render.Snapshot(product);
        var metadata = MetadataRules.Merge(p, product.Metadata);
        var name = p.Has("name") ? p.RequiredText("name") : product.Name;
        var defaultPrice = p.Has("default_price") ? request.Named<Price>("default_price", "price")?.Id : product.DefaultPrice;
        Fill(new Product(), p);
        p.Finish();
        (product.Metadata, product.Name, product.DefaultPrice, product.Updated) = (metadata, name, defaultPrice, world.Now);
        Fill(product, p);
        world.Store.Touch(product);
        world.Events.EmitChange("product.updated", product, before);
        return request.Render(product);
    }

    private static JsonNode Delete(ApiRequest request)
    {
        var world = request.World;
        var product = request.Target<Product>("product");
        request.Params.Finish();
        if (world.Store.PricesByProduct[product.Id].Count > 0)
            throw StripeError.State("This product cannot be deleted because it has one or more user-created prices.");
        world.Events.Emit("product.deleted", product);
        world.Store.Remove(product);
        return new JsonObject { ["id"] = product.Id, ["object"] = "product", ["deleted"] = true };
    }

    private static JsonNode List(ApiRequest request)
    {
        var active = request.Params.Flag("active");
        var ids = request.Params.Texts("ids");
        return ApiList.Page(
            request, request.World.Store.Products.NewestFirst().Where(p => (active is null || p.Active == active) && (ids is null || ids.Contains(p.Id))), "product");
    }

    private static void Fill(Product product, ApiParams p)
    {
        product.Active = p.Flag("active") ?? product.Active;
        product.Description = p.TextOr("description", product.Description);
        product.StatementDescriptor = p.TextOr("statement_descriptor", product.StatementDescriptor);
        product.UnitLabel = p.TextOr("unit_label", product.UnitLabel);
        product.Url = p.TextOr("url", product.Url);
        product.Images = p.Texts("images")?.ToList() ?? product.Images;
        p.Accept("tax_code", "shippable");
    }
}
