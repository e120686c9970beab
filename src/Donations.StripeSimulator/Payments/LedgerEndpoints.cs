using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Payments;

/// <summary>The account itself, charges, refunds, balance, balance transactions and payouts.</summary>
internal static class LedgerEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Get("/v1/charges", ListCharges);
        router.Get("/v1/charges/*", request => Read<Charge>(request, "charge"));
        router.Post("/v1/charges/*", UpdateCharge);
        router.Get("/v1/charges/*/refunds", ListRefundsOfCharge);
        router.Post("/v1/refunds", CreateRefund);
        router.Get("/v1/refunds", ListRefunds);
        router.Get("/v1/refunds/*", request => Read<Refund>(request, "refund"));
        router.Post("/v1/refunds/*", UpdateRefund);
        router.Get("/v1/account", ReadAccount);
        router.Get("/v1/balance", ReadBalance);
        router.Get("/v1/balance_transactions", ListTransactions);
        router.Get("/v1/balance_transactions/*", request => Read<BalanceTransaction>(request, "balance transaction"));
        router.Get("/v1/payouts", ListPayouts);
        router.Post("/v1/payouts", CreatePayout);
        router.Get("/v1/payouts/*", request => Read<Payout>(request, "payout"));
        router.Post("/v1/payouts/*", UpdatePayout);
    }

    private static JsonNode Read<T>(ApiRequest request, string noun)
        where T : Entity
    {
        request.Params.Finish();
        return request.Render(request.Target<T>(noun));
    }

    private static JsonNode ListCharges(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var customer = p.Text("customer");
        var intent = p.Text("payment_intent");
        var rows = intent is not null ? store.ChargesByIntent.NewestFirst(intent)
            : customer is not null ? store.ChargesByCustomer.NewestFirst(customer)
            : store.Charges.NewestFirst();
        return ApiList.Page(request, rows.Where(c => customer is null || c.Customer == customer), "charge");
    }

    private static JsonNode UpdateCharge(ApiRequest request)
    {
        var p = request.Params;
        var charge = request.Target<Charge>("charge");
        var metadata = MetadataRules.Merge(p, charge.Metadata);
        var description = p.TextOr("description", charge.Description);
        var email = p.TextOr("receipt_email", charge.ReceiptEmail);
        p.Finish();
        request.World.Events.Change("charge.updated", charge, () =>
            (charge.Metadata, charge.Description, charge.ReceiptEmail) = (metadata, description, email));
        return request.Render(charge);
    }

    private static JsonNode CreateRefund(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var charge = request.Named<Charge>("charge", "charge");
        var intent = request.Named<PaymentIntent>("payment_intent", "payment_intent");
        var asked = new RefundRequest(p.Integer("amount"), p.Choice("reason", "duplicate|fraudulent|requested_by_customer"), MetadataRules.Merge(p, null));
        p.Finish();
        if (charge is null && intent is null)
            throw StripeError.Invalid("One of the following params should be provided for this request: payment_intent or charge.", code: "parameter_missing");
        charge ??= world.Store.ChargesByIntent.NewestFirst(intent!.Id).FirstOrDefault(c => c.Status == "succeeded")
            ?? throw StripeError.State($"This PaymentIntent ({intent.Id}) does not have a successful charge to refund.", "payment_intent_unexpected_state");
        if (intent is not null && charge.PaymentIntent != intent.Id)
            throw StripeError.Invalid("The charge does not belong to the payment_intent.", "charge");
        return request.Render(world.Refunds.Create(charge, asked));
    }

    private static JsonNode UpdateRefund(ApiRequest request)
    {
        var refund = request.Target<Refund>("refund");
        var metadata = MetadataRules.Merge(request.Params, refund.Metadata);
        request.Params.Finish();
        request.World.Events.Change("refund.updated", refund, () => refund.Metadata = metadata);
        return request.Render(refund);
    }

    private static JsonNode ListRefunds(ApiRequest request)
    {
        var store = request.World.Store;
        var charge = request.Params.Text("charge");
        var intent = request.Params.Text("payment_intent");
        var rows = charge is not null ? store.RefundsByCharge.NewestFirst(charge) : store.Refunds.NewestFirst();
        return ApiList.Page(request, rows.Where(r => intent is null || r.PaymentIntent == intent), "refund");
    }

    private static JsonNode ListRefundsOfCharge(ApiRequest request)
    {
        var charge = request.Target<Charge>("charge");
        return ApiList.Page(request, request.World.Store.RefundsByCharge.NewestFirst(charge.Id), "refund");
    }

    private static JsonNode ReadAccount(ApiRequest request)
    {
        request.Params.Finish();
        return request.World.Render.Account();
    }

    private static JsonNode ReadBalance(ApiRequest request)
    {
        request.Params.Finish();
        return request.World.Render.Balance();
    }

    private static JsonNode ListTransactions(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var payout = request.Named<Payout>("payout", "payout");
        var source = p.Text("source");
        var type = p.Text("type");
        var currency = p.Text("currency");
        if (payout is { Automatic: false })
            throw StripeError.Invalid("Balance transaction history can only be filtered on automatic transfers, not manual.", "payout");
        var rows = payout is not null ? store.BalanceTransactionsByPayout.NewestFirst(payout.Id)
            : source is not null ? store.BalanceTransactionsBySource.NewestFirst(source)
            : store.BalanceTransactions.NewestFirst();
        return ApiList.Page(request, rows.Where(b =>
            (source is null || b.Source == source) && (type is null || b.Type == type) && (currency is null || b.Currency == currency)), "balance transaction");
    }

    private static JsonNode ListPayouts(ApiRequest request)
    {
        var p = request.Params;
        var status = p.Choice("status", "pending|paid|failed|canceled|in_transit");
        var arrives = ApiList.Range(p, "arrival_date");
        return ApiList.Page(request, request.World.Store.Payouts.NewestFirst().Where(po => (status is null || po.Status == status) && arrives(po.ArrivalDate)), "payout");
    }

    private static JsonNode CreatePayout(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var amount = p.RequiredInteger("amount");
        var currency = CommonParams.Currency(p);
        var metadata = MetadataRules.Merge(p, null);
        var (description, descriptor) = (p.Text("description"), p.Text("statement_descriptor"));
        var method = p.Choice("method", "standard|instant") ?? "standard";
        p.Choice("source_type", "card");
        p.Finish();
        if (amount < 1)
            throw StripeError.Invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer");
        world.CatchUp();
        if (world.Ledger.Balance().Available.GetValueOrDefault(currency) < amount)
        {
            throw StripeError.State(
                "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.", "balance_insufficient");
        }
        var payout = world.Ledger.CreatePayout(currency, amount, automatic: false, payout =>
            (payout.Metadata, payout.Description, payout.StatementDescriptor, payout.Method) = (metadata, description, descriptor, method));
        return request.Render(payout);
    }

    private static JsonNode UpdatePayout(ApiRequest request)
    {
        var payout = request.Target<Payout>("payout");
        var metadata = MetadataRules.Merge(request.Params, payout.Metadata);
        request.Params.Finish();
        request.World.Events.Change("payout.updated", payout, () => payout.Metadata = metadata);
        return request.Render(payout);
    }
}
