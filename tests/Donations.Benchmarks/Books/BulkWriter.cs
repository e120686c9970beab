using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.V1;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Donations.Benchmarks.Books;

/// <summary>An entry with all that the journal keeps of it.</summary>
internal sealed record Booked(EntryRow Entry, List<LineRow> Lines, byte[] Hash);

/// <summary>Writes rows by prepared statements, bound and stepped without a command object in between: what makes millions a matter of minutes.</summary>
internal sealed class BulkWriter : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly sqlite3_stmt _pledge;
    private readonly sqlite3_stmt _payment;
    private readonly sqlite3_stmt _refund;
    private readonly sqlite3_stmt _entry;
    private readonly sqlite3_stmt _line;
    private readonly sqlite3_stmt _hash;

    public BulkWriter(SqliteConnection connection)
    {
        _handle = connection.Handle!;
        _pledge = Prepare("pledges", "pledge_id, donor_id, reference, campaign_id, tier_id, fund, interval, currency, amount_minor, fee_cover_minor, state, next_payment_time_us, cancel_reason, cancel_time_us, placement, locale, token_first, manage_code_hash, stripe_customer_id, stripe_subscription_id, create_time_us, update_time_us, version");
        _payment = Prepare("payments", "payment_id, pledge_id, donor_id, campaign_id, fund, placement, interval, kind, state, currency, amount_minor, fee_cover_minor, refunded_minor, pay_time_us, failure_reason, stripe_payment_intent_id, stripe_charge_id, stripe_balance_transaction_id, settlement_currency, settlement_gross_minor, settlement_fee_minor, settlement_net_minor, exchange_rate, available_time_us, create_time_us, update_time_us");
        _refund = Prepare("refunds", "refund_id, payment_id, amount_minor, currency, state, reason, failure_reason, stripe_refund_id, create_time_us, update_time_us");
        _entry = Prepare("journal_entries", "entry_id, source_kind, source_id, transition, book_date, fact_time_us, create_time_us, livemode, memo");
        _line = Prepare("journal_lines", "entry_id, line, book_date, account, currency, debit_minor, credit_minor, original_minor, original_currency, exchange_rate, campaign_id, fund, placement");
        _hash = Prepare("journal_hashes", "entry_id, hash");
    }

    public void Write(MadePledge p)
    {
        var state = p.Interval == PledgeInterval.OneTime ? Pledge.Types.State.Paid : p.CancelTimeUs is null ? Pledge.Types.State.Active : Pledge.Types.State.Cancelled;
        var subscription = p.Interval == PledgeInterval.OneTime ? null : "sub_" + p.PledgeId;
        var id = System.Text.Encoding.ASCII.GetBytes(p.PledgeId);
        Insert(
            _pledge, p.PledgeId, p.PledgeId, "P-" + p.PledgeId, p.CampaignId, "tier", p.Fund, (long)p.Interval, p.Currency, p.AmountMinor, p.FeeCoverMinor, (long)state,
            state == Pledge.Types.State.Active ? GivingHistory.EndUs + 1 : default(long?), state == Pledge.Types.State.Cancelled ? (long)Pledge.Types.CancelReason.Other : 0L, p.CancelTimeUs, p.Placement, "en", 1L, id,
            "cus_" + p.PledgeId, subscription, p.CreateTimeUs, p.CancelTimeUs ?? p.CreateTimeUs, 1L);
    }

    public void Write(PaymentRow p) => Insert(
        _payment, p.PaymentId, p.PledgeId, p.DonorId, p.CampaignId, p.Fund, p.Placement, p.Interval, p.Kind, p.State, p.Currency, p.AmountMinor, p.FeeCoverMinor, p.RefundedMinor, p.PayTimeUs, p.FailureReason,
        p.StripePaymentIntentId, p.StripeChargeId, p.StripeBalanceTransactionId, p.SettlementCurrency, p.SettlementGrossMinor, p.SettlementFeeMinor, p.SettlementNetMinor, p.ExchangeRate, p.AvailableTimeUs,
        p.CreateTimeUs, p.CreateTimeUs);

    public void Write(RefundRow r) => Insert(
        _refund, r.RefundId, r.PaymentId, r.AmountMinor, r.Currency, r.State, r.Reason, r.FailureReason, r.StripeRefundId, r.CreateTimeUs, r.CreateTimeUs);

    public void Write(Booked booked)
    {
        var e = booked.Entry;
        Insert(_entry, e.EntryId, e.SourceKind, e.SourceId, e.Transition, e.BookDate, e.FactTimeUs, e.CreateTimeUs, e.Livemode, e.Memo);
        foreach (var l in booked.Lines)
            Insert(_line, l.EntryId, l.Line, l.BookDate, l.Account, l.Currency, l.DebitMinor, l.CreditMinor, l.OriginalMinor, l.OriginalCurrency, l.ExchangeRate, l.CampaignId, l.Fund, l.Placement);
        Insert(_hash, e.EntryId, booked.Hash);
    }

    public void Dispose()
    {
        foreach (var statement in (sqlite3_stmt[])[_pledge, _payment, _refund, _entry, _line, _hash])
            statement.Dispose();
    }

    private sqlite3_stmt Prepare(string table, string columns)
    {
        var sql = $"INSERT INTO {table} ({columns}) VALUES ({string.Join(", ", columns.Split(',').Select(_ => "?"))})";
        return raw.sqlite3_prepare_v2(_handle, sql, out var statement) == raw.SQLITE_OK ? statement : throw Failure(sql);
    }

    private void Insert(sqlite3_stmt statement, params ReadOnlySpan<Cell> cells)
    {
        for (var i = 0; i < cells.Length; i++)
            cells[i].Bind(statement, i + 1);
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE)
            throw Failure("A row was not written");
        raw.sqlite3_reset(statement);
    }

    private InvalidOperationException Failure(string what) => new($"{what}: {raw.sqlite3_errmsg(_handle).utf8_to_string()}");

    /// <summary>A value on its way into a statement, without a box around it.</summary>
    private readonly struct Cell(object? reference, long number)
    {
        private static readonly object Number = new();

        public static implicit operator Cell(string? value) => new(value, 0);

        public static implicit operator Cell(byte[] value) => new(value, 0);

        public static implicit operator Cell(long value) => new(Number, value);

        public static implicit operator Cell(long? value) => value is { } number ? number : new Cell(null, 0);

        public void Bind(sqlite3_stmt statement, int index) => _ = reference switch
        {
            null => raw.sqlite3_bind_null(statement, index),
            string text => raw.sqlite3_bind_text(statement, index, text),
            byte[] bytes => raw.sqlite3_bind_blob(statement, index, bytes),
            _ => raw.sqlite3_bind_int64(statement, index, number),
        };
    }
}
