using System.Text.Json.Nodes;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Subscriptions and their items.</summary>
internal sealed partial class Renderer
{
    private JsonObject Subscription(Subscription s, Expansion x) => new()
    {
        ["id"] = s.Id,
        ["object"] = "subscription",
        ["application"] = null,
        ["application_fee_percent"] = null,
        ["automatic_tax"] = new JsonObject { ["disabled_reason"] = null, ["enabled"] = false, ["liability"] = null },
        ["billing_cycle_anchor"] = s.BillingCycleAnchor,
        ["billing_cycle_anchor_config"] = null,
        ["billing_mode"] = new JsonObject
        {
            ["flexible"] = s.BillingMode == "flexible" ? new JsonObject { ["proration_discounts"] = "included" } : null,
            ["type"] = s.BillingMode,
        },
        ["billing_schedules"] = new JsonArray(),
        ["billing_thresholds"] = null,
        ["cancel_at"] = s.CancelAt,
        ["cancel_at_period_end"] = s.CancelAtPeriodEnd,
        ["canceled_at"] = s.CanceledAt,
        ["cancellation_details"] = new JsonObject
        {
            ["comment"] = s.CancellationDetails?.Comment,
            ["feedback"] = s.CancellationDetails?.Feedback,
            ["feedback_option"] = null,
            ["reason"] = s.CancellationDetails?.Reason,
        },
        ["collection_method"] = "charge_automatically",
        ["created"] = s.Created,
        ["currency"] = s.Currency,
        ["customer"] = Ref(x, "customer", s.Customer),
        ["customer_account"] = null,
        ["days_until_due"] = null,
        ["default_payment_method"] = Ref(x, "default_payment_method", s.DefaultPaymentMethod),
        ["default_source"] = null,
        ["default_tax_rates"] = new JsonArray(),
        ["description"] = s.Description,
        ["discounts"] = new JsonArray(),
        ["ended_at"] = s.EndedAt,
        ["invoice_settings"] = new JsonObject
        {
            ["account_tax_ids"] = null,
            ["custom_fields"] = null,
            ["description"] = null,
            ["footer"] = null,
            ["issuer"] = new JsonObject { ["type"] = "self" },
        },
        ["items"] = Items(s, x.Take("items") ?? Expansion.None),
        ["latest_invoice"] = Ref(x, "latest_invoice", s.LatestInvoice),
        ["livemode"] = false,
        ["managed_payments"] = null,
        ["metadata"] = Metadata(s.Metadata),
        ["next_pending_invoice_item_invoice"] = null,
        ["on_behalf_of"] = null,
        ["pause_collection"] = s.PauseCollection is not { } pause ? null : new JsonObject
        {
            ["behavior"] = pause.Behavior,
            ["resumes_at"] = pause.ResumesAt,
        },
        ["payment_settings"] = new JsonObject
        {
            ["payment_method_options"] = null,
            ["payment_method_types"] = Texts(s.PaymentMethodTypes),
            ["save_default_payment_method"] = s.SaveDefaultPaymentMethod,
        },
        ["pending_invoice_item_interval"] = null,
        ["pending_setup_intent"] = Ref(x, "pending_setup_intent", s.PendingSetupIntent),
        ["pending_update"] = null,
        ["schedule"] = Ref(x, "schedule", s.Schedule),
        ["start_date"] = s.Created,
        ["status"] = s.Status,
        ["test_clock"] = Ref(x, "test_clock", world.ClockOf(s.Customer)),
        ["transfer_data"] = null,
        ["trial_end"] = s.TrialEnd,
        ["trial_settings"] = new JsonObject
        {
            ["end_behavior"] = new JsonObject { ["billing_cycle_anchor"] = null, ["missing_payment_method"] = s.TrialEndBehavior },
        },
        ["trial_start"] = s.TrialStart,
    };

    private JsonObject Items(Subscription s, Expansion x)
    {
        var expand = x.Take("data") ?? Expansion.None;
        return ApiList.Nested($"/v1/subscription_items?subscription={s.Id}", s.Items.Select(item => Item(s, item, expand)));
    }

    public JsonObject Item(Subscription s, SubscriptionItem item, Expansion x)
    {
        var price = world.Store.Get<Price>(item.Price);
        return new JsonObject
        {
            ["id"] = item.Id,
            ["object"] = "subscription_item",
            ["billing_thresholds"] = null,
            ["created"] = item.Created,
            ["current_period_end"] = s.PeriodEnd,
            ["current_period_start"] = s.PeriodStart,
            ["current_trial"] = null,
            ["discounts"] = new JsonArray(),
            ["metadata"] = Metadata(item.Metadata),
            ["plan"] = Plan(price),
            ["price"] = Price(price, x.Take("price") ?? Expansion.None),
            ["quantity"] = item.Quantity,
            ["subscription"] = s.Id,
            ["tax_rates"] = new JsonArray(),
        };
    }
}
