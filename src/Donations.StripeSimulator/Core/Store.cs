using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;
using Donations.StripeSimulator.Webhooks;

namespace Donations.StripeSimulator.Core;

/// <summary>Everything the account holds, by id and by kind, and what of it has changed since the last save.</summary>
internal sealed class Store
{
    private readonly Dictionary<string, Entity> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, ITable> _tables = [];
    private readonly HashSet<Entity> _changed = [];
    private readonly HashSet<Entity> _removed = [];
    private readonly IdSource _ids;
    private readonly bool _track;

    public Store(IdSource ids, bool trackChanges)
    {
        _ids = ids;
        _track = trackChanges;
        foreach (ITable table in new ITable[]
        {
            Customers, Products, Prices, PaymentMethods, ConfirmationTokens, PaymentIntents, SetupIntents, Subscriptions, Invoices,
            InvoicePayments, Charges, Refunds, BalanceTransactions, Payouts, Events, WebhookEndpoints, TestClocks, Jobs, Deliveries, Idempotency,
            Disputes, FraudWarnings, Reviews, InvoiceItems, SubscriptionSchedules, CheckoutSessions, PortalSessions, EphemeralKeys,
        })
        {
            _tables.Add(table.EntityType, table);
        }
        PricesByLookupKey = Prices.IndexBy(p => p.LookupKey);
        PricesByProduct = Prices.IndexBy(p => p.Product);
        PaymentMethodsByCustomer = PaymentMethods.IndexBy(p => p.Customer);
        PaymentIntentsByCustomer = PaymentIntents.IndexBy(p => p.Customer);
        SetupIntentsByCustomer = SetupIntents.IndexBy(p => p.Customer);
        SubscriptionsByCustomer = Subscriptions.IndexBy(s => s.Customer);
        InvoicesByCustomer = Invoices.IndexBy(i => i.Customer);
        InvoicesBySubscription = Invoices.IndexBy(i => i.Subscription);
        InvoiceItemsByCustomer = InvoiceItems.IndexBy(i => i.Customer);
        InvoicePaymentsByInvoice = InvoicePayments.IndexBy(p => p.Invoice);
        InvoicePaymentsByIntent = InvoicePayments.IndexBy(p => p.PaymentIntent);
        ChargesByCustomer = Charges.IndexBy(c => c.Customer);
        ChargesByIntent = Charges.IndexBy(c => c.PaymentIntent);
        RefundsByCharge = Refunds.IndexBy(r => r.Charge);
        BalanceTransactionsBySource = BalanceTransactions.IndexBy(b => b.Source);
        BalanceTransactionsByPayout = BalanceTransactions.IndexBy(b => b.Payout);
        CustomersByEmail = Customers.IndexBy(c => c.Email);
        DisputesByCharge = Disputes.IndexBy(d => d.Charge);
        ReviewsByCharge = Reviews.IndexBy(r => r.Charge);
        FraudWarningsByCharge = FraudWarnings.IndexBy(w => w.Charge);
        CheckoutSessionsByIntent = CheckoutSessions.IndexBy(s => s.Intent);
        CustomersByTestClock = Customers.IndexBy(c => c.TestClock);
    }

    public Table<Customer> Customers { get; } = new("customer");

    public Table<Product> Products { get; } = new("product");

    public Table<Price> Prices { get; } = new("price");

    public Table<PaymentMethod> PaymentMethods { get; } = new("payment_method");

    public Table<ConfirmationToken> ConfirmationTokens { get; } = new("confirmation_token");

    public Table<PaymentIntent> PaymentIntents { get; } = new("payment_intent");

    public Table<SetupIntent> SetupIntents { get; } = new("setup_intent");

    public Table<Subscription> Subscriptions { get; } = new("subscription");

    public Table<Invoice> Invoices { get; } = new("invoice");

    public Table<InvoiceItem> InvoiceItems { get; } = new("invoice_item");

    public Table<InvoicePayment> InvoicePayments { get; } = new("invoice_payment");

    public Table<Charge> Charges { get; } = new("charge");

    public Table<Refund> Refunds { get; } = new("refund");

    public Table<BalanceTransaction> BalanceTransactions { get; } = new("balance_transaction");

    public Table<Payout> Payouts { get; } = new("payout");

    public Table<StripeEvent> Events { get; } = new("event");

    public Table<WebhookEndpoint> WebhookEndpoints { get; } = new("webhook_endpoint");

    public Table<TestClock> TestClocks { get; } = new("test_clock");

    public Table<Dispute> Disputes { get; } = new("dispute");

    public Table<EarlyFraudWarning> FraudWarnings { get; } = new("early_fraud_warning");

    public Table<Review> Reviews { get; } = new("review");

    public Table<SubscriptionSchedule> SubscriptionSchedules { get; } = new("subscription_schedule");

    public Table<CheckoutSession> CheckoutSessions { get; } = new("checkout_session");

    public Table<PortalSession> PortalSessions { get; } = new("portal_session");

    public Table<EphemeralKey> EphemeralKeys { get; } = new("ephemeral_key");

    public JobQueue Jobs { get; } = new();

    public DeliveryQueue Deliveries { get; } = new();

    public Table<IdempotencyRecord> Idempotency { get; } = new("idempotency");

    public TableIndex<Price> PricesByLookupKey { get; }

    public TableIndex<Price> PricesByProduct { get; }

    public TableIndex<PaymentMethod> PaymentMethodsByCustomer { get; }

    public TableIndex<PaymentIntent> PaymentIntentsByCustomer { get; }

    public TableIndex<SetupIntent> SetupIntentsByCustomer { get; }

    public TableIndex<Subscription> SubscriptionsByCustomer { get; }

    public TableIndex<Invoice> InvoicesByCustomer { get; }

    public TableIndex<Invoice> InvoicesBySubscription { get; }

    public TableIndex<InvoiceItem> InvoiceItemsByCustomer { get; }

    public TableIndex<InvoicePayment> InvoicePaymentsByInvoice { get; }

    public TableIndex<InvoicePayment> InvoicePaymentsByIntent { get; }

    public TableIndex<Charge> ChargesByCustomer { get; }

    public TableIndex<Charge> ChargesByIntent { get; }

    public TableIndex<Refund> RefundsByCharge { get; }

    public TableIndex<BalanceTransaction> BalanceTransactionsBySource { get; }

    public TableIndex<BalanceTransaction> BalanceTransactionsByPayout { get; }

    public TableIndex<Customer> CustomersByEmail { get; }

    public TableIndex<Customer> CustomersByTestClock { get; }

    public TableIndex<Dispute> DisputesByCharge { get; }

    public TableIndex<EarlyFraudWarning> FraudWarningsByCharge { get; }

    public TableIndex<Review> ReviewsByCharge { get; }

    public TableIndex<CheckoutSession> CheckoutSessionsByIntent { get; }

    public IEnumerable<ITable> Tables => _tables.Values;

    public T Add<T>(T entity)
        where T : Entity
    {
        entity.Seq = _ids.NextSequence();
        Restore(entity);
        if (_track)
            _changed.Add(entity);
        return entity;
    }

    /// <summary>Files an entity that was read from the state file, in its place.</summary>
    public void Restore(Entity entity)
    {
        _byId.Add(entity.Id, entity);
        _tables[entity.GetType()].Add(entity);
    }

    public void Touch(Entity entity)
    {
        _tables[entity.GetType()].Touched(entity);
        if (_track)
            _changed.Add(entity);
    }

    public void Remove(Entity entity)
    {
        if (!_byId.Remove(entity.Id))
            return;
        _tables[entity.GetType()].Remove(entity);
        if (!_track)
            return;
        _changed.Remove(entity);
        _removed.Add(entity);
    }

    public Entity? Find(string? id) => id is not null && _byId.TryGetValue(id, out var entity) ? entity : null;

    public T? Find<T>(string? id)
        where T : Entity => Find(id) as T;

    public T Get<T>(string id)
        where T : Entity => Find<T>(id) ?? throw new InvalidOperationException($"{typeof(T).Name} {id} is referred to but gone.");

    public string KindOf(Entity entity) => _tables[entity.GetType()].Kind;

    /// <summary>Hands over what changed since the last call.</summary>
    public (IReadOnlyList<Entity> Changed, IReadOnlyList<Entity> Removed) TakeChanges()
    {
        if (_changed.Count == 0 && _removed.Count == 0)
            return ([], []);
        var changes = (_changed.ToArray(), _removed.ToArray());
        _changed.Clear();
        _removed.Clear();
        return changes;
    }
}
