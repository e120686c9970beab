using Microsoft.Data.Sqlite;

namespace Donations.Benchmarks;

/// <summary>The rows of a one-time pledge written by prepared commands: the limit of P2.</summary>
internal sealed class BareRows
{
    private static readonly byte[] Sealed = new byte[900];
    private readonly SqliteCommand[] _commands;

    private BareRows(SqliteCommand[] commands) => _commands = commands;

    public static BareRows Prepare(SqliteConnection connection) => new([.. Statements.Select(sql =>
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.Add("@id", SqliteType.Text);
        if (sql.Contains("@blob", StringComparison.Ordinal))
            command.Parameters.AddWithValue("@blob", Sealed);
        command.Prepare();
        return command;
    })]);

    private static readonly string[] Statements =
    [
        """
        INSERT INTO pledges (pledge_id, donor_id, reference, campaign_id, tier_id, fund, interval, currency, amount_minor, fee_cover_minor, state, locale, consents, token_first,
          manage_code_hash, create_time_us, update_time_us, version)
        VALUES (@id, @id, @id, 'press-in-exile', 'one-time-10', 'general', 1, 'USD', 1000, 0, 1, 'en', x'6a140802120e7465726d732d323032362d31311801', 1, CAST(@id AS BLOB), 1, 1, 1)
        """,
        "INSERT INTO stripe_operations (operation_id, kind, subject_id, arguments, state, next_try_time_us, create_time_us, update_time_us) VALUES (@id, 'pledge.create', @id, '{\"ConfirmationToken\":\"ctoken_benchmark\",\"PaymentMethod\":null,\"ReturnUrl\":\"https://paper.example/\"}', 1, 1, 1, 1)",
        "INSERT INTO idempotency_records (request_key, request_digest, subject_id, sealed_secret, create_time_us) VALUES (CAST(@id AS BLOB), CAST(@id AS BLOB), @id, CAST(@id AS BLOB), 1)",
        "UPDATE stripe_operations SET state = 2, attempts = attempts + 1, update_time_us = 2 WHERE operation_id = @id AND state = 1",
        "UPDATE pledges SET state = 4, stripe_payment_intent_id = @id, update_time_us = 2, version = version + 1 WHERE pledge_id = @id",
        """
        INSERT INTO payments (payment_id, pledge_id, donor_id, campaign_id, fund, placement, interval, kind, state, currency, amount_minor, fee_cover_minor, pay_time_us,
          stripe_payment_intent_id, stripe_charge_id, create_time_us, update_time_us)
        VALUES (@id, @id, @id, 'press-in-exile', 'general', 0, 1, 1, 1, 'USD', 1000, 0, 1, @id, @id, 1, 1)
        """,
        "UPDATE idempotency_records SET sealed_response = @blob WHERE request_key = CAST(@id AS BLOB)",
    ];

    public int WritePledge(string id, SqliteTransaction transaction)
    {
        foreach (var command in _commands)
        {
            command.Transaction = transaction;
            command.Parameters[0].Value = id;
            if (command.ExecuteNonQuery() != 1)
                throw new InvalidOperationException("A row was not written");
        }

        return _commands.Length;
    }
}
