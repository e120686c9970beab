using System.Runtime.InteropServices;

namespace Donations.StripeSimulator.Core;

internal interface ITable
{
    string Kind { get; }

    Type EntityType { get; }

    void Add(Entity entity);

    void Touched(Entity entity);

    void Remove(Entity entity);
}

/// <summary>Entities of one kind in order of creation, with indexes for the filters Stripe's lists offer.</summary>
internal sealed class Table<T>(string kind) : ITable
    where T : Entity
{
    private const int CompactionThreshold = 1024;

    private readonly List<T?> _rows = [];
    private readonly List<TableIndex<T>> _indexes = [];
    private int _head;

    public string Kind => kind;

    public Type EntityType => typeof(T);

    public int Count => _rows.Count - _head;

    public T? Oldest => _head < _rows.Count ? _rows[_head] : null;

    public TableIndex<T> IndexBy(Func<T, string?> key)
    {
        var index = new TableIndex<T>(key);
        _indexes.Add(index);
        return index;
    }

    public IEnumerable<T> NewestFirst()
    {
        for (var i = _rows.Count - 1; i >= _head; i--)
            yield return _rows[i]!;
    }

    public void Add(Entity entity)
    {
        _rows.Add((T)entity);
        File((T)entity);
    }

    public void Touched(Entity entity) => File((T)entity);

    public void Remove(Entity entity)
    {
        var row = (T)entity;
        for (var i = 0; i < _indexes.Count; i++)
            _indexes[i].Move(row, row.FiledUnder?[i], null);
        if (ReferenceEquals(Oldest, row))
        {
            _rows[_head++] = null;
            if (_head > CompactionThreshold && _head > _rows.Count / 2)
            {
                _rows.RemoveRange(0, _head);
                _head = 0;
            }
        }
        else
        {
            _rows.Remove(row);
        }
    }

    private void File(T row)
    {
        if (_indexes.Count == 0)
            return;
        var filed = row.FiledUnder ??= new string?[_indexes.Count];
        for (var i = 0; i < filed.Length; i++)
        {
            var key = _indexes[i].KeyOf(row);
            if (key == filed[i])
                continue;
            _indexes[i].Move(row, filed[i], key);
            filed[i] = key;
        }
    }
}

internal sealed class TableIndex<T>(Func<T, string?> key)
    where T : Entity
{
    private readonly Dictionary<string, List<T>> _rows = new(StringComparer.Ordinal);

    public string? KeyOf(T row) => key(row);

    /// <summary>In the order in which they came under this key.</summary>
    public IReadOnlyList<T> this[string value] => _rows.TryGetValue(value, out var rows) ? rows : [];

    public IEnumerable<T> NewestFirst(string value) => this[value].OrderByDescending(row => row.Seq);

    internal void Move(T row, string? from, string? to)
    {
        if (from is not null && _rows.TryGetValue(from, out var old))
        {
            old.Remove(row);
            if (old.Count == 0)
                _rows.Remove(from);
        }
        if (to is null)
            return;
        ref var rows = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, to, out _);
        (rows ??= new List<T>(1)).Add(row);
    }
}
