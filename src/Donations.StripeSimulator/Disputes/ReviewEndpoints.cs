using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Disputes;

internal static class ReviewEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Get("/v1/reviews", List);
        router.Get("/v1/reviews/*", Read);
        router.Post("/v1/reviews/*/approve", Approve);
    }

    /// <summary>Open ones only, as at Stripe.</summary>
    private static JsonNode List(ApiRequest request) =>
        ApiList.Page(request, request.World.Store.Reviews.NewestFirst().Where(review => review.ClosedReason is null), "review");

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<Review>("review"));
    }

    private static JsonNode Approve(ApiRequest request)
    {
        request.Params.Finish();
        var review = request.Target<Review>("review");
        if (review.ClosedReason is not null)
            throw StripeError.State("This review has already been closed.");
        request.World.Reviews.Close(review.Charge, "approved");
        return request.Render(review);
    }
}
