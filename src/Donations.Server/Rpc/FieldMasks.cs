using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Donations.Server.Rpc;

/// <summary>update_mask as AIP-134 has it: omitted means the populated fields, `*` replaces, an unknown path is an error. The JSON door's names are taken too.</summary>
internal static class FieldMasks
{
    /// <summary>
    /// <paramref name="current"/> with the masked fields of <paramref name="update"/>. <paramref name="fixedFields"/> are
    /// output only or identify the resource: they are never taken from the caller.
    /// </summary>
    public static T Apply<T>(T current, T update, FieldMask? mask, params string[] fixedFields)
        where T : class, IMessage<T>
    {
        var fields = current.Descriptor.Fields.InDeclarationOrder();
        string[] paths;
        if (mask is null || mask.Paths.Count == 0)
            paths = [.. fields.Where(f => IsPopulated(f, update)).Select(f => f.Name)];
        else if (mask.Paths is ["*"])
            paths = [.. fields.Select(f => f.Name)];
        else
            paths = [.. mask.Paths.Select(path => fields.FirstOrDefault(f => f.JsonName == path)?.Name ?? path)];

        var violations = new Violations();
        foreach (var path in paths)
            violations.Require(current.Descriptor.FindFieldByName(path) is not null, "update_mask", $"`{path}` is not a field of {current.Descriptor.Name}");
        violations.ThrowIfAny();

        var result = current.Clone();
        foreach (var field in paths.Except(fixedFields, StringComparer.Ordinal).Select(p => current.Descriptor.FindFieldByName(p)))
        {
            field.Accessor.Clear(result);
            if (field.IsRepeated)
            {
                var target = (System.Collections.IList)field.Accessor.GetValue(result);
                foreach (var item in (System.Collections.IList)field.Accessor.GetValue(update))
                    target.Add(item is IMessage message ? Copy(message) : item);
            }
            else if (!field.HasPresence || field.Accessor.HasValue(update))
            {
                field.Accessor.SetValue(result, field.Accessor.GetValue(update));
            }
        }

        return result;
    }

    private static IMessage Copy(IMessage message) => message.Descriptor.Parser.ParseFrom(message.ToByteString());

    private static bool IsPopulated(Google.Protobuf.Reflection.FieldDescriptor field, IMessage message)
    {
        if (field.HasPresence)
            return field.Accessor.HasValue(message);
        return field.Accessor.GetValue(message) switch
        {
            string s => s.Length > 0,
            System.Collections.ICollection c => c.Count > 0,
            { } value => !value.Equals(Activator.CreateInstance(value.GetType())),
            null => false,
        };
    }
}
