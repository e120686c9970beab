using System.Text.Json.Serialization;

namespace Donations.StripeSimulator.Core;

/// <summary>Anything the account holds. Kept small and flat: a long simulation has hundreds of thousands of them.</summary>
internal abstract class Entity
{
    public string Id { get; set; } = "";

    /// <summary>Order of creation in this account; lists are newest first by it.</summary>
    public long Seq { get; set; }

    /// <summary>Unix seconds.</summary>
    public long Created { get; set; }

    /// <summary>Keys under which the indexes filed this entity last, so that a changed key can be refiled.</summary>
    [JsonIgnore]
    internal string?[]? FiledUnder { get; set; }
}

/// <summary>An entity with caller's metadata. The dictionary is replaced, never changed, so that copies may share it.</summary>
internal abstract class MetadataEntity : Entity
{
    public Dictionary<string, string>? Metadata { get; set; }
}
