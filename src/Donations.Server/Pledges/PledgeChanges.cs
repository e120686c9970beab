using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>A change to a running subscription. What Stripe answers with is the truth; a refusal means that it moved on meanwhile.</summary>
internal abstract class PledgeChange(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : IStripeOperationHandler
{
    public abstract string Kind { get; }

    protected IPaymentGateway Gateway => gateway;

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = Pledge(operation);
        var subscriptionId = pledge.StripeSubscriptionId ?? throw new InvalidOperationException("A change to a pledge without a subscription");
        try
        {
            var facts = await SendAsync(operation, pledge, subscriptionId, cancellationToken);
            return Outcome(operation, pledge, facts);
        }
        catch (Exception e) when (e is GatewayRefusedException or GatewayDeclinedException)
        {
            return await LookAsync(operation, resend: false, cancellationToken);
        }
    }

    // What is asked for is absolute, so that after all this time it is asked again where it is not there: a donor's cancel is never dropped.
    public Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken) => LookAsync(operation, IsAbsolute, cancellationToken);

    private async Task<OperationOutcome> LookAsync(StripeOperation operation, bool resend, CancellationToken cancellationToken)
    {
        var pledge = Pledge(operation);
        try
        {
            var facts = await gateway.GetSubscriptionAsync(pledge.StripeSubscriptionId!, cancellationToken);
            if (resend && !facts.Ended && !Took(operation, pledge, facts))
                facts = await SendAsync(operation, pledge, facts.Id, cancellationToken);
            return Outcome(operation, pledge, facts);
        }
        catch (GatewayRefusedException e) when (e.Code == "resource_missing")
        {
            // The subscription is gone at Stripe (its customer was deleted): nothing is charged any more.
            return new(c =>
            {
                var before = PledgeStore.Find(c, operation.SubjectId)!;
                book.Update(c, before, PledgeLifecycle.Move(before, V1.Pledge.Types.State.Cancelled) with { CancelTimeUs = before.CancelTimeUs ?? time.NowMicros() });
            });
        }
    }

    private OperationOutcome Outcome(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts)
    {
        var taken = Took(operation, pledge, facts);
        return new(c => Write(c, operation, facts, taken), Refusal: taken ? null : new(false, "not_taken"));
    }

    /// <summary>Sending it again, with whatever key, does no more than it should.</summary>
    protected virtual bool IsAbsolute => true;

    protected abstract Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken);

    /// <summary>Whether what was asked is there.</summary>
    protected abstract bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts);

    /// <summary>Releases a schedule that would undo or forbid this change.</summary>
    protected async Task DropPlanAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken)
    {
        if (pledge.StripeScheduleId is not null || pledge.NextInterval != 0)
            await gateway.ReleaseScheduleAsync(operation.Key("release"), subscriptionId, cancellationToken);
    }

    /// <summary>What changes here beside what the subscription says.</summary>
    protected virtual PledgeRow Note(PledgeRow pledge, StripeOperation operation, SubscriptionFacts facts) => pledge;

    private PledgeRow Pledge(StripeOperation operation) => database.Read(c => PledgeStore.Find(c, operation.SubjectId))
        ?? throw new InvalidOperationException("An operation without its pledge");

    private void Write(SqliteConnection connection, StripeOperation operation, SubscriptionFacts facts, bool taken)
    {
        var before = PledgeStore.Find(connection, operation.SubjectId)!;
        var noted = taken ? Note(before, operation, facts) : before;
        var after = PledgeLifecycle.FromSubscription(noted, facts);
        book.Update(connection, before, after);
        letters.Moved(connection, before, after);
    }
}

/// <summary>The new amount counts from the next period on; nothing is prorated.</summary>
internal sealed class ChangeAmountOperation(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : PledgeChange(database, gateway, book, letters, time)
{
    public const string OperationKind = "pledge.change_amount";

    internal sealed record Arguments(long AmountMinor, long FeeCoverMinor);

    public override string Kind => OperationKind;

    protected override async Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken)
    {
        await DropPlanAsync(operation, pledge, subscriptionId, cancellationToken);
        return await Gateway.ChangeAmountAsync(operation.Key("update"), subscriptionId, new MinorAmount(operation.ArgumentsAs<Arguments>().AmountMinor, pledge.Currency), pledge.Interval, cancellationToken);
    }

    protected override bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts) => facts.Amount.Minor == operation.ArgumentsAs<Arguments>().AmountMinor;

    protected override bool IsAbsolute => false;

    protected override PledgeRow Note(PledgeRow pledge, StripeOperation operation, SubscriptionFacts facts)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        return PledgeLifecycle.Unplanned(pledge) with { AmountMinor = arguments.AmountMinor, FeeCoverMinor = arguments.FeeCoverMinor };
    }
}

/// <summary>Invoices are voided until the pledge is resumed.</summary>
internal sealed class PauseOperation(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : PledgeChange(database, gateway, book, letters, time)
{
    public const string OperationKind = "pledge.pause";

    internal sealed record Arguments(long? ResumeTimeMicros, Pledge.Types.PauseReason Reason = Pledge.Types.PauseReason.Requested);

    public override string Kind => OperationKind;

    protected override async Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken)
    {
        var paused = await Gateway.PauseAsync(operation.Key("update"), subscriptionId, operation.ArgumentsAs<Arguments>().ResumeTimeMicros, cancellationToken);
        if (paused is { OpenInvoiceId: null, DraftInvoiceId: null })
            return paused;
        await Gateway.DropInvoiceAsync(operation.Key("drop"), paused, cancellationToken);
        return await Gateway.GetSubscriptionAsync(subscriptionId, cancellationToken);
    }

    protected override bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts) => facts.CollectionPaused;

    protected override PledgeRow Note(PledgeRow pledge, StripeOperation operation, SubscriptionFacts facts) => pledge with { PauseReason = operation.ArgumentsAs<Arguments>().Reason };
}

/// <summary>Charging goes on with the next period.</summary>
internal sealed class ResumeOperation(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : PledgeChange(database, gateway, book, letters, time)
{
    public const string OperationKind = "pledge.resume";

    internal sealed record Arguments;

    public override string Kind => OperationKind;

    protected override Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken) =>
        Gateway.ResumeAsync(operation.Key("update"), subscriptionId, cancellationToken);

    protected override bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts) => !facts.CollectionPaused && !facts.Ended;
}

/// <summary>Ends a subscription now, or with the period that is paid.</summary>
internal sealed class CancelOperation(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : PledgeChange(database, gateway, book, letters, time)
{
    public const string OperationKind = "pledge.cancel";

    internal sealed record Arguments(bool AtPeriodEnd, Pledge.Types.CancelReason Reason);

    public override string Kind => OperationKind;

    protected override async Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        // Stripe refuses to end a subscription with its period while a schedule plans for later.
        await DropPlanAsync(operation, pledge, subscriptionId, cancellationToken);
        // Stripe's feedback words are few; safety is nobody's business there.
        var feedback = arguments.Reason switch
        {
            Pledge.Types.CancelReason.TooExpensive => "too_expensive",
            Pledge.Types.CancelReason.NotReading => "unused",
            Pledge.Types.CancelReason.GivingOtherwise => "switched_service",
            _ => null,
        };
        return await Gateway.CancelAsync(operation.Key("cancel"), subscriptionId, arguments.AtPeriodEnd, feedback, cancellationToken);
    }

    protected override bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts) =>
        facts.Ended || (operation.ArgumentsAs<Arguments>().AtPeriodEnd && facts.CancelAtPeriodEnd);

    protected override PledgeRow Note(PledgeRow pledge, StripeOperation operation, SubscriptionFacts facts) =>
        PledgeLifecycle.Unplanned(pledge) with { CancelReason = operation.ArgumentsAs<Arguments>().Reason };
}

/// <summary>A subscription that was to end with its period goes on.</summary>
internal sealed class KeepOperation(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : PledgeChange(database, gateway, book, letters, time)
{
    public const string OperationKind = "pledge.keep";

    internal sealed record Arguments;

    public override string Kind => OperationKind;

    protected override Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken) =>
        Gateway.KeepAsync(operation.Key("update"), subscriptionId, cancellationToken);

    protected override bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts) => !facts.CancelAtPeriodEnd && !facts.Ended;

    protected override PledgeRow Note(PledgeRow pledge, StripeOperation operation, SubscriptionFacts facts) => pledge with { CancelReason = 0 };
}

/// <summary>Another interval from the end of the paid period on; changing it in place would bill at once. The interval that it has drops what was planned.</summary>
internal sealed class ChangeIntervalOperation(Database database, IPaymentGateway gateway, PledgeBook book, PledgeLetters letters, TimeProvider time) : PledgeChange(database, gateway, book, letters, time)
{
    public const string OperationKind = "pledge.change_interval";

    internal sealed record Arguments(PledgeInterval Interval, long AmountMinor, long FeeCoverMinor);

    public override string Kind => OperationKind;

    protected override Task<SubscriptionFacts> SendAsync(StripeOperation operation, PledgeRow pledge, string subscriptionId, CancellationToken cancellationToken)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        return arguments.Interval == pledge.Interval
            ? Gateway.ReleaseScheduleAsync(operation.Key("release"), subscriptionId, cancellationToken)
            : Gateway.ScheduleIntervalAsync(operation.OperationId, subscriptionId, new(arguments.AmountMinor, pledge.Currency), arguments.Interval, cancellationToken);
    }

    protected override bool Took(StripeOperation operation, PledgeRow pledge, SubscriptionFacts facts) =>
        !facts.Ended && facts.ScheduleId is null == (operation.ArgumentsAs<Arguments>().Interval == pledge.Interval);

    protected override bool IsAbsolute => false;

    protected override PledgeRow Note(PledgeRow pledge, StripeOperation operation, SubscriptionFacts facts)
    {
        var arguments = operation.ArgumentsAs<Arguments>();
        return arguments.Interval == pledge.Interval || facts.ScheduleId is null
            ? PledgeLifecycle.Unplanned(pledge)
            : pledge with { NextInterval = arguments.Interval, NextAmountMinor = arguments.AmountMinor, NextFeeCoverMinor = arguments.FeeCoverMinor };
    }
}
