namespace Donations.Server.Rpc;

/// <summary>Collects everything that is wrong with a request, so that the caller hears it all at once.</summary>
internal sealed class Violations
{
    private readonly List<(string Path, string Description)> _found = [];

    public bool None => _found.Count == 0;

    public int Count => _found.Count;

    public void Add(string path, string description) => _found.Add((path, description));

    public void Require(bool holds, string path, string description)
    {
        if (!holds)
            Add(path, description);
    }

    /// <summary>A length rule, in characters as .NET counts them.</summary>
    public void Length(string value, int min, int max, string path) =>
        Require(value.Length >= min && value.Length <= max, path, min > 0 ? $"must have {min} to {max} characters" : $"must have at most {max} characters");

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, FIELD_INVALID, with a field path for each.</exception>
    public void ThrowIfAny()
    {
        if (!None)
            throw RpcErrors.FieldInvalid(_found);
    }
}
