using System.Globalization;
using Dapper;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Rpc;

/// <summary>Who changed what, told in the transaction of the change; insert only. Never about donors.</summary>
internal static class AuditLog
{
    public const string Prefix = "auditEvents/";

    /// <summary>What changes by itself with every change.</summary>
    private static readonly string[] LeftOut = ["name", "etag", "create_time", "update_time"];

    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Writes what is different between two versions of a resource; nothing where nothing is.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="actor">`staff/…` or `system`.</param>
    /// <param name="action">What was done.</param>
    /// <param name="before">Null: it is new.</param>
    /// <param name="after">As it is now; its `name` names it.</param>
    /// <param name="now">UTC microseconds.</param>
    public static void Add(SqliteConnection connection, string actor, string action, IMessage? before, IMessage after, long now)
    {
        var changes = new AuditEvent();
        foreach (var field in after.Descriptor.Fields.InDeclarationOrder().Where(f => !LeftOut.Contains(f.Name, StringComparer.Ordinal)))
        {
            var (was, isNow) = (before is null ? "" : ValueOf(before, field), ValueOf(after, field));
            if (was != isNow)
                changes.Changes.Add(new FieldChange { Field = field.Name, BeforeJson = was, AfterJson = isNow });
        }

        if (changes.Changes.Count == 0)
            return;
        var resource = (string)after.Descriptor.FindFieldByName("name").Accessor.GetValue(after);
        connection.Execute(
            "INSERT INTO audit_events (event_time_us, actor, action, resource, changes) VALUES (@now, @actor, @action, @resource, @changes)",
            new { now, actor, action, resource, changes = changes.ToByteArray() });
    }

    /// <summary>Newest first, before the cursor; of one resource and what lies under it, or with an empty one of all.</summary>
    public static List<AuditEvent> List(SqliteConnection connection, string resource, long beforeId, int limit) =>
        connection.Query<(long Id, long TimeUs, string Actor, string Action, string Resource, byte[] Changes)>(
            """
            SELECT audit_id, event_time_us, actor, action, resource, changes FROM audit_events
            WHERE audit_id < @beforeId AND (@resource = '' OR resource = @resource OR (resource > @under AND resource < @end))
            ORDER BY audit_id DESC LIMIT @limit
            """,
            // "0" is the character after "/".
            new { resource, under = resource + "/", end = resource + "0", beforeId, limit }).Select(row =>
            {
                var audit = AuditEvent.Parser.ParseFrom(row.Changes);
                audit.Name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{row.Id}");
                audit.EventTime = UnixMicros.ToTimestamp(row.TimeUs);
                (audit.Actor, audit.Action, audit.Resource) = (row.Actor, row.Action, row.Resource);
                return audit;
            }).ToList();

    public static long IdOf(AuditEvent audit) => long.Parse(audit.Name.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);

    /// <summary>A field's value as JSON; empty where it is not set.</summary>
    private static string ValueOf(IMessage message, FieldDescriptor field)
    {
        var only = message.Descriptor.Parser.ParseFrom(ByteString.Empty);
        if (field.IsRepeated)
        {
            var target = (System.Collections.IList)field.Accessor.GetValue(only);
            foreach (var item in (System.Collections.IList)field.Accessor.GetValue(message))
                target.Add(item);
        }
        else if (!field.HasPresence || field.Accessor.HasValue(message))
        {
            field.Accessor.SetValue(only, field.Accessor.GetValue(message));
        }

        // `{ "weight": 3 }` without the name and the braces.
        var json = Json.Format(only);
        var colon = json.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : json[(colon + 1)..^1].Trim();
    }
}
