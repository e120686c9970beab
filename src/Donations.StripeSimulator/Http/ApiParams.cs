using System.Globalization;

namespace Donations.StripeSimulator.Http;

/// <summary>
/// The form or query parameters of one call, as a tree. Reading a parameter marks it as known; <see cref="Finish"/> refuses whatever
/// nobody asked for, which is how every endpoint comes to know its own parameters without a second list of them.
/// </summary>
internal sealed class ApiParams
{
    private const int MaxTextLength = 5000;

    private readonly string _path;
    private string? _value;
    private Dictionary<string, ApiParams>? _children;
    private bool _taken;

    private ApiParams(string path) => _path = path;

    public static ApiParams Parse(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var root = new ApiParams("");
        foreach (var (name, value) in pairs)
        {
            var node = root;
            foreach (var part in Split(name))
                node = node.Child(part);
            node._value = value;
        }
        return root;
    }

    public bool Has(string name) => Take(name) is not null;

    /// <summary>Present and empty, which is how a caller unsets a value.</summary>
    public bool Unset(string name) => Take(name) is { _value: "", _children: null };

    public bool IsScalar(string name) => Take(name) is { _children: null };

    /// <summary>Null when absent or empty.</summary>
    public string? Text(string name, int max = MaxTextLength)
    {
        if (Take(name) is not { } node)
            return null;
        if (node._children is not null)
            throw StripeError.Invalid("Invalid string: must be a string and not a hash or array", node._path);
        if (node._value!.Length > max)
            throw StripeError.Invalid($"Invalid string: {node._value[..20]}...; must be at most {max} characters", node._path);
        return node._value.Length == 0 ? null : node._value;
    }

    public string RequiredText(string name)
    {
        if (Unset(name))
        {
            throw StripeError.Invalid($"You passed an empty string for '{PathOf(name)}'. We assume empty values are an attempt to unset a parameter; " +
                $"however '{PathOf(name)}' cannot be unset.", PathOf(name), "parameter_invalid_empty");
        }
        return Text(name) ?? throw StripeError.Missing(PathOf(name));
    }

    /// <summary>The new value of a field that an empty string clears.</summary>
    public string? TextOr(string name, string? current) => Has(name) ? Text(name) : current;

    public long? Integer(string name)
    {
        if (Text(name) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw StripeError.Invalid($"Invalid integer: {text}", PathOf(name), "parameter_invalid_integer");
    }

    public long RequiredInteger(string name) => Integer(name) ?? throw StripeError.Missing(PathOf(name));

    public bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var other => throw StripeError.Invalid($"Invalid boolean: {other}", PathOf(name)),
    };

    public string? Choice(string name, string choices)
    {
        if (Text(name) is not { } text)
            return null;
        return choices.Split('|').Contains(text)
            ? text
            : throw StripeError.Invalid($"Invalid {PathOf(name)}: must be one of {choices.Replace("|", ", ", StringComparison.Ordinal)}", PathOf(name));
    }

    public ApiParams? Hash(string name)
    {
        if (Take(name) is not { } node || node is { _value: "", _children: null })
            return null;
        return node._children is null ? throw StripeError.Invalid("Invalid object", node._path) : node;
    }

    public IReadOnlyList<ApiParams> Hashes(string name) => Take(name)?._children?.Values.Select(TakeSelf).ToList() ?? [];

    /// <summary>Null when absent, empty when unset.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (Take(name) is not { } node)
            return null;
        if (node._children is null)
            return node._value!.Length == 0 ? [] : throw StripeError.Invalid("Invalid array", node._path);
        return node._children.Values.Select(TakeSelf).Select(n => n._value ?? "").ToList();
    }

    /// <summary>Every scalar child of this node.</summary>
    public IEnumerable<KeyValuePair<string, string>> Pairs()
    {
        foreach (var (name, node) in _children ?? [])
        {
            node._taken = true;
            if (node._value is null)
                throw StripeError.Invalid($"Invalid string: must be a string and not a hash or array", node._path);
            yield return new(name, node._value);
        }
    }

    /// <summary>Parameters that Stripe knows and this account has no use for.</summary>
    public void Accept(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Take(name)?.TakeAll();
    }

    /// <summary>Refuses what no one has read. Called before anything changes.</summary>
    public void Finish()
    {
        if (FirstUnknown() is { } path)
            throw StripeError.Invalid($"Received unknown parameter: {path}", path, "parameter_unknown");
    }

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}[{name}]";

    private string? FirstUnknown()
    {
        foreach (var node in _children?.Values ?? Enumerable.Empty<ApiParams>())
        {
            if (!node._taken)
                return node._path;
            if (node.FirstUnknown() is { } path)
                return path;
        }
        return null;
    }

    private void TakeAll()
    {
        _taken = true;
        foreach (var node in _children?.Values ?? Enumerable.Empty<ApiParams>())
            node.TakeAll();
    }

    private ApiParams? Take(string name)
    {
        if (_children is null || !_children.TryGetValue(name, out var node))
            return null;
        node._taken = true;
        return node;
    }

    private static ApiParams TakeSelf(ApiParams node)
    {
        node._taken = true;
        return node;
    }

    private ApiParams Child(string part)
    {
        _children ??= new(StringComparer.Ordinal);
        var key = part.Length == 0 ? _children.Count.ToString(CultureInfo.InvariantCulture) : part;
        if (!_children.TryGetValue(key, out var child))
            _children.Add(key, child = new ApiParams(PathOf(key)));
        return child;
    }

    private static IEnumerable<string> Split(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0 || !name.EndsWith(']'))
            return [name];
        return [name[..open], .. name[(open + 1)..^1].Split("][")];
    }
}
