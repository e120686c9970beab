using System.Text.Json;
using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>Writes events and hands them to the endpoints that want them.</summary>
internal sealed class EventLog(World world)
{
    private const long Retention = 30 * 86400;

    public void Emit(string type, Entity entity, JsonObject? previous = null) => Emit(type, world.Render.Snapshot(entity), previous);

    public void Emit(string type, JsonObject snapshot, JsonObject? previous = null)
    {
        var first = Write(type, snapshot, previous);
        if (world.Knobs.Hits(world.Knobs.DoubleRate, "double", first.Id))
            Write(type, snapshot, previous);
    }

    private StripeEvent Write(string type, JsonObject snapshot, JsonObject? previous)
    {
        var stripeEvent = new StripeEvent
        {
            Id = world.Ids.Next("evt_"),
            Created = world.Now,
            Type = type,
            Object = JsonSerializer.SerializeToUtf8Bytes(snapshot),
            PreviousAttributes = previous is null ? null : JsonSerializer.SerializeToUtf8Bytes(previous),
            RequestId = world.Call?.RequestId,
            IdempotencyKey = world.Call?.IdempotencyKey,
        };
        var endpoints = world.Store.WebhookEndpoints.NewestFirst().Where(endpoint => endpoint.Wants(type)).ToList();
        stripeEvent.PendingWebhooks = endpoints.Count;
        world.Store.Add(stripeEvent);
        foreach (var endpoint in endpoints)
            Dispatch(stripeEvent, endpoint);
        return stripeEvent;
    }

    /// <summary>Sends the event on its way as the knobs have it. A dropped one stays pending, as one does that never arrived.</summary>
    private void Dispatch(StripeEvent stripeEvent, WebhookEndpoint endpoint)
    {
        var knobs = world.Knobs;
        var name = stripeEvent.Id + endpoint.Id;
        if (knobs.Hits(knobs.DropRate, "drop", name))
            return;
        var delay = knobs.Hits(knobs.DelayRate, "delay", name) ? (long)knobs.Delay.TotalSeconds : 0;
        var copies = knobs.Hits(knobs.DuplicateRate, "duplicate", name) ? 2 : 1;
        stripeEvent.PendingWebhooks += copies - 1;
        for (var i = 0; i < copies; i++)
        {
            world.Store.Add(new Delivery
            {
                Id = world.Ids.Next("dlv_"),
                Created = world.Now,
                Event = stripeEvent.Id,
                Endpoint = endpoint.Id,
                DueAt = world.Now + delay,
            });
        }
    }

    /// <summary>
    /// Writes an event for an object that may have changed since <paramref name="before"/> was taken; nothing if it has not.
    /// </summary>
    public bool EmitChange(string type, Entity entity, JsonObject before)
    {
        var after = world.Render.Snapshot(entity);
        if (Difference(before, after) is not { } previous)
            return false;
        Emit(type, after, previous);
        return true;
    }

    /// <summary>Changes an entity and writes the event of the change.</summary>
    public bool Change(string type, Entity entity, Action change)
    {
        var before = world.Render.Snapshot(entity);
        change();
        world.Store.Touch(entity);
        return EmitChange(type, entity, before);
    }

    public void Prune()
    {
        while (world.Store.Events.Oldest is { } oldest && oldest.Created < world.Now - Retention)
            world.Store.Remove(oldest);
    }

    /// <summary>The old values of what differs, nested objects by their own differences; null when nothing does.</summary>
    private static JsonObject? Difference(JsonObject before, JsonObject after)
    {
        JsonObject? previous = null;
        foreach (var (name, old) in before)
        {
            var now = after[name];
            if (JsonNode.DeepEquals(old, now))
                continue;
            previous ??= [];
            previous[name] = old is JsonObject oldObject && now is JsonObject nowObject ? Difference(oldObject, nowObject) : old?.DeepClone();
        }
        foreach (var (name, now) in after)
        {
            if (!before.ContainsKey(name) && now is not null)
                (previous ??= [])[name] = null;
        }
        return previous;
    }
}
