using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Storage;

/// <summary>
/// A query by one value, `@key`, that many requests make. Dapper makes the objects; but its own queries ask for the name and type of every
/// column each time, which cost more than finding the row. Columns of a STRICT table do not change their type, so once is enough:
/// no expressions among the columns.
/// </summary>
internal sealed class RowQuery<T>(string sql)
    where T : class
{
    private Func<DbDataReader, T>? _parse;

    /// <summary>The row, or null.</summary>
    /// <exception cref="InvalidOperationException">There is more than one.</exception>
    public T? Find(SqliteConnection connection, object key)
    {
        using var command = Command(connection, key);
        using var reader = command.ExecuteReader();
        if (!reader.Read())
            return null;
        var row = Parse(reader);
        return reader.Read() ? throw new InvalidOperationException($"More than one {typeof(T).Name}") : row;
    }

    public List<T> List(SqliteConnection connection, object key)
    {
        using var command = Command(connection, key);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(Parse(reader));
        return rows;
    }

    private T Parse(SqliteDataReader reader) => (_parse ??= reader.GetRowParser<T>())(reader);

    private SqliteCommand Command(SqliteConnection connection, object key)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@key", key);
        return command;
    }
}
