namespace Donations.StripeSimulator.Http;

/// <summary>
/// The tree of <c>expand[]</c>. Renderers take from it what they can expand; what nobody took is not expandable and refused.
/// </summary>
internal sealed class Expansion
{
    private const int MaxDepth = 4;

    private readonly Dictionary<string, Expansion> _children = new(StringComparer.Ordinal);
    private bool _taken;

    /// <summary>A fresh, empty tree.</summary>
    public static Expansion None => new();

    public static Expansion Parse(IEnumerable<string> paths)
    {
        var root = new Expansion();
        foreach (var path in paths)
        {
            var parts = path.Split('.');
            if (parts.Length > MaxDepth)
                throw StripeError.Invalid($"You cannot expand more than {MaxDepth} levels of a property. Property: {path}", "expand");
            var node = root;
            foreach (var part in parts)
            {
                if (!node._children.TryGetValue(part, out var child))
                    node._children.Add(part, child = new Expansion());
                node = child;
            }
        }
        return root;
    }

    /// <summary>What is to be expanded below this property, or null if the property itself is not.</summary>
    public Expansion? Take(string property)
    {
        if (!_children.TryGetValue(property, out var child))
            return null;
        child._taken = true;
        return child;
    }

    /// <summary>For a property that is null or a list that is empty: whatever lies below may be right.</summary>
    public void TakeAll()
    {
        _taken = true;
        foreach (var child in _children.Values)
            child.TakeAll();
    }

    public void Finish()
    {
        if (FirstUntaken() is { } path)
            throw StripeError.Invalid($"This property cannot be expanded ({path}).", "expand");
    }

    private string? FirstUntaken()
    {
        foreach (var (name, child) in _children)
        {
            if (!child._taken)
                return name;
            if (child.FirstUntaken() is { } rest)
                return $"{name}.{rest}";
        }
        return null;
    }
}
