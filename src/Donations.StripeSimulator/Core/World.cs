using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Rendering;
using Donations.StripeSimulator.Resources;
using Donations.StripeSimulator.Webhooks;

namespace Donations.StripeSimulator.Core;

/// <summary>The account and the parts that work on it. Only ever touched under the engine's lock.</summary>
internal sealed class World
{
    private readonly Func<long> _now;

    public World(SimulatorOptions options, Func<long> now, bool trackChanges)
    {
        _now = now;
        Options = options;
        Ids = new IdSource(options.Seed);
        Store = new Store(Ids, trackChanges);
        Render = new Renderer(this);
        Knobs = new WebhookKnobs { Seed = options.Seed };
        Events = new EventLog(this);
        Ledger = new Ledger(this);
        Charges = new Charging(this);
        Intents = new IntentFlow(this);
        Prorations = new Prorations(this);
        Changes = new ChangeFlow(this);
        Trials = new TrialFlow(this);
        Drafts = new InvoiceDrafts(this);
        Invoices = new InvoiceFlow(this);
        Subscriptions = new SubscriptionFlow(this);
        Schedules = new ScheduleFlow(this);
        Checkout = new CheckoutFlow(this);
        Refunds = new RefundFlow(this);
        Disputes = new DisputeFlow(this);
        Reviews = new ReviewFlow(this);
        Jobs = new JobRunner(this);
    }

    public SimulatorOptions Options { get; }

    public IdSource Ids { get; }

    public Store Store { get; }

    public Renderer Render { get; }

    public WebhookKnobs Knobs { get; }

    public EventLog Events { get; }

    public Ledger Ledger { get; }

    public Charging Charges { get; }

    public IntentFlow Intents { get; }

    public Prorations Prorations { get; }

    public ChangeFlow Changes { get; }

    public TrialFlow Trials { get; }

    public InvoiceDrafts Drafts { get; }

    public InvoiceFlow Invoices { get; }

    public SubscriptionFlow Subscriptions { get; }

    public ScheduleFlow Schedules { get; }

    public CheckoutFlow Checkout { get; }

    public RefundFlow Refunds { get; }

    public DisputeFlow Disputes { get; }

    public ReviewFlow Reviews { get; }

    public JobRunner Jobs { get; }

    /// <summary>The simulator's clock, unix seconds.</summary>
    public long Now => _now();

    /// <summary>Where this simulator listens, with a slash at the end.</summary>
    public string BaseAddress { get; set; } = "";

    /// <summary>The call that is being answered; null while the engine itself is at work.</summary>
    public (string RequestId, string? IdempotencyKey)? Call { get; set; }

    public string? ClockOf(string? customer) => Store.Find<Customer>(customer)?.TestClock;

    /// <summary>The time of the test clock that the customer hangs on, or the simulator's.</summary>
    public long NowFor(string? customer) => Store.Find<TestClock>(ClockOf(customer))?.FrozenTime ?? Now;

    /// <summary>
    /// Does what is due before a call looks at what would come of it: Stripe's test mode has a card's disputes ready at once, and so do the
    /// fixtures of its command line tool expect. Not where the engine alone makes time do anything.
    /// </summary>
    public void CatchUp()
    {
        if (!Options.BackgroundTick)
            return;
        var call = Call;
        Call = null;
        Jobs.RunDue(Now);
        Call = call;
    }

    public void Schedule(JobKind kind, string? target, long dueAt, string? clock = null) =>
        Store.Add(new Job { Id = Ids.Next("job_"), Created = Now, Kind = kind, Target = target, DueAt = dueAt, Clock = clock });

    /// <summary>Schedules on the customer's clock.</summary>
    public void ScheduleFor(string customer, JobKind kind, string target, long dueAt) => Schedule(kind, target, dueAt, ClockOf(customer));
}
