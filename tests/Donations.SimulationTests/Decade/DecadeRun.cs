using System.Diagnostics;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Resources;
using Donations.V1;

namespace Donations.SimulationTests.Decade;

/// <summary>A recurring gift as it stood after somebody's deed, or at the end of a day, by Stripe's own object.</summary>
/// <param name="Counts">It charges, or is late.</param>
/// <param name="Paused">Its collection is paused.</param>
/// <param name="MonthlyMinor">What it gives a month, while it counts.</param>
internal sealed record Standing(bool Counts, bool Paused, long MonthlyMinor);

/// <summary>From one look to the next a recurring gift stood otherwise.</summary>
internal sealed record Move(DateOnly Day, DecadePledge Pledge, Standing Before, Standing After);

/// <summary>Ten years, day by day. Notes what Stripe's objects do not remember: how subscriptions stood, and when disputes were lost.</summary>
internal sealed class DecadeRun(DecadeWorld world, DecadePeople people, DecadeOutside outside, DecadeOptions options)
{
    /// <summary>The day of a month on which the month before last is closed, and on which day of the run that begins.</summary>
    private const int CloseOn = 20, CloseFrom = 59;

    private static readonly Standing Nothing = new(false, false, 0);
    private readonly Dictionary<string, Standing> _standings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _statuses = new(StringComparer.Ordinal);
    private readonly List<Subscription> _running = [];
    private readonly Dictionary<string, long> _clearing = new(StringComparer.Ordinal);
    private int _subscriptions;
    private long _lastEntry;
    private long _next;

    public List<Move> Moves { get; } = [];

    /// <summary>When disputes were lost, by their ids.</summary>
    public Dictionary<string, DateOnly> LostDays { get; } = new(StringComparer.Ordinal);

    /// <summary>Since when subscriptions that are late have been late.</summary>
    public Dictionary<string, DateOnly> LateSince { get; } = new(StringComparer.Ordinal);

    /// <summary>Days on which 1010 was other than Stripe's balance.</summary>
    public List<string> WrongDays { get; } = [];

    public TimeSpan Elapsed { get; private set; }

    /// <inheritdoc cref="DecadeOutside.Returned"/>
    public IReadOnlyDictionary<string, bool> ReturnedPayouts => outside.Returned;

    public DecadePledge? PledgeOf(string subscription) => people.Find(subscription);

    public async Task GoAsync(Action<string> tell)
    {
        var clock = Stopwatch.GetTimestamp();
        people.Populate();
        for (var day = 0; day < options.Days; day++)
        {
            await DayAsync(day);
            if (day % 365 == 364)
                tell($"year {(day / 365) + 1}: {Stopwatch.GetElapsedTime(clock).TotalSeconds:0} s, {world.Account.Store.Charges.Count} charges");
        }

        Elapsed = Stopwatch.GetElapsedTime(clock);
    }

    private async Task DayAsync(int day)
    {
        var midnight = DecadeOptions.Start.AddDays(day);
        outside.Drift(day);
        if (people.HasPlans(day) || day % 30 == 17)
        {
            world.PassTo(midnight.AddHours(9));
            await world.SettleAsync();
            await world.TimedAsync("people", async () =>
            {
                await outside.SellAsync(day);
                await people.ActAsync(day, () => Look(DateOnly.FromDateTime(midnight.Date)));
            });
        }

        var date = DateOnly.FromDateTime(midnight.Date);
        if (date.Day == CloseOn && day > CloseFrom)
            await people.CloseMonthAsync(date);
        // The last seconds of the day: whatever happened in it is seen on it.
        world.PassTo(midnight.AddDays(1).AddSeconds(-2));
        await world.SettleAsync();
        await world.RunChoresAsync(day);
        Observe(date);
        outside.Dispute(day);
        outside.ReturnPayout(day);
    }

    private void Observe(DateOnly day)
    {
        var store = world.Account.Store;
        Look(day);
        foreach (var dispute in store.Disputes.NewestFirst().TakeWhile(d => d.Created > new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds() - (200 * 86400)).Where(d => d.Status == "lost"))
            LostDays.TryAdd(dispute.Id, day);
        Compare(day);
    }

    /// <summary>How every subscription that runs stands now.</summary>
    private void Look(DateOnly day)
    {
        var store = world.Account.Store;
        _running.AddRange(store.Subscriptions.NewestFirst().Take(store.Subscriptions.Count - _subscriptions).Reverse());
        _subscriptions = store.Subscriptions.Count;
        foreach (var subscription in _running)
            Observe(day, subscription);
        _running.RemoveAll(s => s.Ended);
    }

    private void Observe(DateOnly day, Subscription subscription)
    {
        if (people.Find(subscription.Id) is not { } pledge)
            return;
        if (subscription.Status == "past_due" && _statuses.GetValueOrDefault(subscription.Id) != "past_due")
        {
            people.Late(subscription.Id, day);
            LateSince[subscription.Id] = day;
        }

        _statuses[subscription.Id] = subscription.Status;
        var price = world.Account.Store.Get<Price>(subscription.Items[0].Price);
        // What was planned has come about.
        if (pledge.Planned is { } planned && planned.Interval == (price.Interval == "year" ? PledgeInterval.Annual : PledgeInterval.Monthly))
        {
            pledge.Terms.Add(planned with { From = subscription.PeriodStart });
            pledge.Planned = null;
            people.Count("interval changed");
        }

        var paused = subscription is { Ended: false, PauseCollection: not null };
        var counts = subscription.Status is "active" or "past_due" && !paused;
        var amount = price.UnitAmount * subscription.Items[0].Quantity;
        var monthly = !counts ? 0 : price.Interval == "year" ? (long)Math.Round(amount / 12m, MidpointRounding.ToEven) : amount;
        var (before, after) = (_standings.GetValueOrDefault(subscription.Id, Nothing), new Standing(counts, paused, monthly));
        if (before == after)
            return;
        _standings[subscription.Id] = after;
        Moves.Add(new(day, pledge, before, after));
    }

    /// <summary>1010, from the journal's lines as they came, against Stripe's balance: pending and available.</summary>
    private void Compare(DateOnly day)
    {
        foreach (var (currency, minor, last) in world.Query<(string, long, long)>(
            "SELECT currency, sum(CASE WHEN account = '1010' THEN debit_minor - credit_minor ELSE 0 END), max(entry_id) FROM journal_lines WHERE entry_id > @last GROUP BY currency", new { last = _lastEntry }))
        {
            _clearing[currency] = _clearing.GetValueOrDefault(currency) + minor;
            _next = Math.Max(_next, last);
        }

        _lastEntry = _next;
        var theirs = world.Simulator.Exclusive(() =>
        {
            var (available, pending) = world.Account.Ledger.Balance();
            return available.Keys.Union(pending.Keys).ToDictionary(c => c, c => available.GetValueOrDefault(c) + pending.GetValueOrDefault(c));
        });
        foreach (var (currency, minor) in theirs)
        {
            var ours = _clearing.GetValueOrDefault(currency.ToUpperInvariant());
            if (ours != minor)
                WrongDays.Add($"{day:yyyy-MM-dd}: 1010 is {ours} {currency}, Stripe's balance {minor}");
        }
    }

}
