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
        var row = connection.QuerySingleOrDefault<(byte[] Resource, long UpdateTimeUs, long Version)>("SELECT resource, update_time_us, version FROM appeal_settings");
        var settings = row.Resource is null ? new() : AppealSettings.Parser.ParseFrom(row.Resource);
        settings.Name = Name;
        settings.UpdateTime = row.Version == 0 ? null : UnixMicros.ToTimestamp(row.UpdateTimeUs);
        settings.Etag = CampaignMapping.Etag(row.Version);
        return settings;
    }

    public static AppealSettings Update(Edit edit, AppealSettings asked, FieldMask? mask)
    {
        var current = Read(edit.Connection);
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
}
