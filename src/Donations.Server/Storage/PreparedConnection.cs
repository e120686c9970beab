using System.Data;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Storage;

/// <summary>
/// A connection that prepares each SQL text once: preparing took a third of the processor's time, because Dapper makes a new command
/// for every call. Used by one thread at a time, as the writer and the readers do.
/// </summary>
internal sealed class PreparedConnection(string connectionString) : SqliteConnection(connectionString)
{
    /// <summary>Lists of values make many texts: beyond this many, all are forgotten.</summary>
    private const int MaxTexts = 512;

    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    public override SqliteCommand CreateCommand() => new Command(this) { Connection = this, CommandTimeout = DefaultTimeout, Transaction = Transaction };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Forget();
        base.Dispose(disposing);
    }

    private SqliteCommand Take(string text) => _idle.Remove(text, out var command) ? command : new SqliteCommand(text, this);

    private void Give(string text, SqliteCommand command)
    {
        command.Transaction = null;
        command.Parameters.Clear();
        if (_idle.Count >= MaxTexts)
            Forget();
        // Two of one text were open at the same time: one is enough.
        if (!_idle.TryAdd(text, command))
            command.Dispose();
    }

    private void Forget()
    {
        foreach (var command in _idle.Values)
            command.Dispose();
        _idle.Clear();
    }

    /// <summary>What callers get: it runs on a prepared command of the same text, and gives that back when it is disposed. One that failed is thrown away.</summary>
    private sealed class Command(PreparedConnection owner) : SqliteCommand
    {
        private (string Text, SqliteCommand Command)? _taken;

        public override SqliteDataReader ExecuteReader(CommandBehavior behavior)
        {
            if (_taken is { } before && before.Text != CommandText)
                Return();
            var taken = _taken ??= (CommandText, owner.Take(CommandText));
            taken.Command.Transaction = Transaction;
            taken.Command.CommandTimeout = CommandTimeout;
            taken.Command.Parameters.Clear();
            foreach (SqliteParameter parameter in Parameters)
            {
                // Dapper leaves the prefix out, and then SQLite would be asked for the bare name and each of the three prefixes.
                if (parameter.ParameterName is [not ('@' or '$' or ':'), ..] bare)
                    parameter.ParameterName = "@" + bare;
                taken.Command.Parameters.Add(parameter);
            }

            try
            {
                return taken.Command.ExecuteReader(behavior);
            }
            catch
            {
                _taken = null;
                taken.Command.Dispose();
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Return();
            base.Dispose(disposing);
        }

        private void Return()
        {
            if (_taken is { } taken)
                owner.Give(taken.Text, taken.Command);
            _taken = null;
        }
    }
}
