using System.Text.Json.Nodes;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Subscription schedules and their phases.</summary>
internal sealed partial class Renderer
{
    private JsonObject Schedule(SubscriptionSchedule s, Expansion x)
    {
        var phases = x.Take("phases") ?? Expansion.None;
        var current = s.Status == "active" ? s.Phases[s.Current] : null;
        return new JsonObject
        {
            ["id"] = s.Id,
            ["object"] = "subscription_schedule",
            ["application"] = null,
            ["billing_mode"] = new JsonObject { ["flexible"] = new JsonObject { ["proration_discounts"] = "included" }, ["type"] = "flexible" },
            ["canceled_at"] = s.CanceledAt,
            ["completed_at"] = s.CompletedAt,
            ["created"] = s.Created,
            ["current_phase"] = current is null ? null : new JsonObject { ["end_date"] = current.EndDate, ["start_date"] = current.StartDate },
            ["customer"] = Ref(x, "customer", s.Customer),
            ["customer_account"] = null,
            ["default_settings"] = new JsonObject
            {
                ["application_fee_percent"] = null,
                ["automatic_tax"] = new JsonObject { ["disabled_reason"] = null, ["enabled"] = false, ["liability"] = null },
                ["billing_cycle_anchor"] = "automatic",
                ["billing_thresholds"] = null,
                ["collection_method"] = "charge_automatically",
                ["default_payment_method"] = null,
                ["description"] = null,
                ["invoice_settings"] = new JsonObject
                {
                    ["account_tax_ids"] = null,
                    ["custom_fields"] = null,
                    ["days_until_due"] = null,
                    ["description"] = null,
                    ["footer"] = null,
                    ["issuer"] = new JsonObject { ["type"] = "self" },
                },
                ["on_behalf_of"] = null,
                ["transfer_data"] = null,
            },
            ["end_behavior"] = s.EndBehavior,
            ["livemode"] = false,
            ["metadata"] = Metadata(s.Metadata),
            ["pause_schedules"] = new JsonArray(),
            ["phases"] = new JsonArray([.. s.Phases.Select(phase => (JsonNode)Phase(phase, phases))]),
            ["released_at"] = s.ReleasedAt,
            ["released_subscription"] = s.ReleasedSubscription,
            ["status"] = s.Status,
            ["subscription"] = Ref(x, "subscription", s.Subscription),
            ["test_clock"] = Ref(x, "test_clock", world.ClockOf(s.Customer)),
        };
    }

    private JsonObject Phase(SchedulePhase phase, Expansion x)
    {
        var items = x.Take("items") ?? Expansion.None;
        return new JsonObject
        {
            ["add_invoice_items"] = new JsonArray(),
            ["application_fee_percent"] = null,
            ["billing_cycle_anchor"] = phase.BillingCycleAnchor,
            ["billing_thresholds"] = null,
            ["collection_method"] = null,
            ["currency"] = world.Store.Get<Price>(phase.Items[0].Price).Currency,
            ["default_payment_method"] = phase.DefaultPaymentMethod,
            ["default_tax_rates"] = new JsonArray(),
            ["description"] = null,
            ["discounts"] = new JsonArray(),
            ["end_date"] = phase.EndDate,
            ["invoice_settings"] = null,
            ["items"] = new JsonArray([.. phase.Items.Select(item => (JsonNode)new JsonObject
            {
                ["billing_thresholds"] = null,
                ["discounts"] = new JsonArray(),
                ["metadata"] = Metadata(item.Metadata),
                ["plan"] = item.Price,
                ["price"] = Ref(items, "price", item.Price),
                ["quantity"] = item.Quantity,
                ["tax_rates"] = new JsonArray(),
            })]),
            ["metadata"] = Metadata(phase.Metadata),
            ["on_behalf_of"] = null,
            ["proration_behavior"] = phase.ProrationBehavior,
            ["start_date"] = phase.StartDate,
            ["transfer_data"] = null,
            ["trial_end"] = null,
        };
    }
}
