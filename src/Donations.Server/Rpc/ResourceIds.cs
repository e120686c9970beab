using Donations.Server.Storage;

namespace Donations.Server.Rpc;

/// <summary>Ids of this server inside resource names.</summary>
internal static class ResourceIds
{
    /// <summary>The id inside a name of a pattern such as `payments/{payment}`.</summary>
    /// <param name="name">What the caller gave.</param>
    /// <param name="pattern">A prefix, and what stands for the id in braces.</param>
    /// <param name="path">The request's field.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, FIELD_INVALID: the name is not of that pattern.</exception>
    public static string Parse(string name, string pattern, string path = "name")
    {
        var prefix = pattern.AsSpan(0, pattern.IndexOf('{', StringComparison.Ordinal));
        return name.AsSpan().StartsWith(prefix, StringComparison.Ordinal) && Ids.IsId(name.AsSpan(prefix.Length)) ? name[prefix.Length..]
            : throw RpcErrors.FieldInvalid(path, $"must look like {pattern}");
    }
}
