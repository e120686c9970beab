using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>
/// What goes wrong with webhooks. Rates lie between zero and one; which event is hit follows from the seed and its id. Not part of the
/// account: a restart forgets them.
/// </summary>
public sealed class WebhookKnobs
{
    private int _forgeriesAccepted;

    /// <summary>Decides together with an event's id.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Sent twice.</summary>
    public double DuplicateRate { get; set; }

    /// <summary>Sent later, by <see cref="Delay"/>.</summary>
    public double DelayRate { get; set; }

    /// <summary>How much later.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Sent behind the others that are due at the same moment.</summary>
    public double ReorderRate { get; set; }

    /// <summary>Never sent. The event is there, and counts as undelivered.</summary>
    public double DropRate { get; set; }

    /// <summary>Preceded by one of a forger, with an id of its own and a signature made with a wrong secret.</summary>
    public double ForgeRate { get; set; }

    /// <summary>A change is described by two events.</summary>
    public double DoubleRate { get; set; }

    /// <summary>The <c>api_version</c> that deliveries carry instead of their endpoint's.</summary>
    public string? ApiVersion { get; set; }

    /// <summary>Forgeries that a receiver took for genuine.</summary>
    public int ForgeriesAccepted => _forgeriesAccepted;

    internal bool Hits(double rate, string knob, string name) => rate > 0 && IdSource.Chance(Seed, $"{knob} {name}") < rate;

    internal void ForgeryAccepted() => Interlocked.Increment(ref _forgeriesAccepted);

    /// <summary>The unlucky ones last and in reverse.</summary>
    internal List<Delivery> Reorder(List<Delivery> due)
    {
        var late = due.Where(delivery => Hits(ReorderRate, "reorder", delivery.Id)).ToList();
        return late.Count == 0 ? due : [.. due.Except(late), .. late.AsEnumerable().Reverse()];
    }
}
