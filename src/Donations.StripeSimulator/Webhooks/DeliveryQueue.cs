using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>Deliveries in the order in which they are due.</summary>
internal sealed class DeliveryQueue : ITable
{
    private readonly PriorityQueue<Delivery, (long DueAt, long Seq)> _queue = new();
    private readonly HashSet<Delivery> _live = [];

    public string Kind => "delivery";

    public Type EntityType => typeof(Delivery);

    public int Count => _live.Count;

    public long? NextDueAt => Peek()?.DueAt;

    public void Add(Entity entity)
    {
        var delivery = (Delivery)entity;
        _live.Add(delivery);
        _queue.Enqueue(delivery, (delivery.DueAt, delivery.Seq));
    }

    /// <summary>Back in the queue after a failed attempt.</summary>
    public void Touched(Entity entity)
    {
        var delivery = (Delivery)entity;
        _queue.Enqueue(delivery, (delivery.DueAt, delivery.Seq));
    }

    public void Remove(Entity entity) => _live.Remove((Delivery)entity);

    /// <summary>Takes the deliveries that are due out of the queue; each must be touched or removed afterwards.</summary>
    public List<Delivery> TakeDue(long now)
    {
        List<Delivery> due = [];
        while (Peek() is { } delivery && delivery.DueAt <= now)
        {
            _queue.Dequeue();
            due.Add(delivery);
        }
        return due;
    }

    private Delivery? Peek()
    {
        while (_queue.TryPeek(out var delivery, out _))
        {
            if (_live.Contains(delivery))
                return delivery;
            _queue.Dequeue();
        }
        return null;
    }
}
