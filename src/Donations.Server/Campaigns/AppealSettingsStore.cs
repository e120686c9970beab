using Dapper;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>Kill switches and editorial exclusions: one row, read with the catalogue.</summary>
internal static class AppealSettingsStore
{
    public const string Name = "appealSettings";
    public static readonly string[] FixedFields = ["name", "update_time", "etag"];

    /// <exception cref="InvalidProtocolBufferException">The row is damaged.</exception>
    public static AppealSettings Read(SqliteConnection connection)
    {
        var row = Find(connection);
        return Complete(row.Resource is null ? new() : AppealSettings.Parser.ParseFrom(row.Resource), row);
    }

    /// <summary>The same for whoever asked for them; damaged ones can only be written anew as a whole, since nobody knows what they held.</summary>
    /// <exception cref="Grpc.Core.RpcException">STATE_INVALID.</exception>
    public static AppealSettings Read(SqliteConnection connection, bool isReplaced)
    {
        try
        {
            return Read(connection);
        }
        catch (InvalidProtocolBufferException) when (isReplaced)
        {
            return Complete(new(), Find(connection));
        }
        catch (InvalidProtocolBufferException)
        {
            throw RpcErrors.StateInvalid(Name, "DAMAGED", "write all of them with update_mask `*`; until then nothing is shown");
        }
    }

    public static AppealSettings Update(Edit edit, AppealSettings asked, FieldMask? mask)
    {
        var current = Read(edit.Connection, isReplaced: mask is { Paths: ["*"] });
        CampaignChanges.RequireEtag(asked.Etag, current.Etag, Name);
        var updated = FieldMasks.Apply(current, asked, mask, FixedFields);
        var violations = new Violations();
        CampaignValidation.Check(updated, violations);
        violations.ThrowIfAny();
        (updated.Name, updated.UpdateTime, updated.Etag) = ("", null, "");
        edit.Connection.Execute(
            """
            INSERT INTO appeal_settings (only_row, resource, update_time_us, version) VALUES (1, @resource, @Now, 1)
            ON CONFLICT (only_row) DO UPDATE SET resource = excluded.resource, update_time_us = excluded.update_time_us, version = version + 1
            """,
            new { resource = updated.ToByteArray(), edit.Now });
        return edit.Record("update", current, Read(edit.Connection));
    }

    private static Row Find(SqliteConnection connection) =>
        connection.QuerySingleOrDefault<Row>("SELECT resource AS Resource, update_time_us AS UpdateTimeUs, version AS Version FROM appeal_settings") ?? new(null, 0, 0);

    private static AppealSettings Complete(AppealSettings settings, Row row)
    {
        settings.Name = Name;
        settings.UpdateTime = row.Version == 0 ? null : UnixMicros.ToTimestamp(row.UpdateTimeUs);
        settings.Etag = CampaignMapping.Etag(row.Version);
        return settings;
    }

    private sealed record Row(byte[]? Resource, long UpdateTimeUs, long Version);
}
