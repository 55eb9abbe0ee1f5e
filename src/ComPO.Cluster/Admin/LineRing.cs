using ComPO.Protocol;

namespace ComPO.Cluster.Admin;

/// <summary>The last lines of something that can be followed, numbered from 0; so many and no more.</summary>
internal sealed class LineRing
{
    /// <summary>How many lines are remembered.</summary>
    public const int Capacity = 256;

    private readonly Queue<string> _lines = new();
    private long _first;

    /// <summary>Adds a line; the oldest goes when there are too many.</summary>
    public void Add(string line)
    {
        _lines.Enqueue(Limits.Fit(line.ReplaceLineEndings(" ")));
        if (_lines.Count <= Capacity)
            return;
        _lines.Dequeue();
        _first++;
    }

    /// <summary>The lines after one, so many as one answer takes.</summary>
    public TailLines After(long after)
    {
        var first = Math.Clamp(after < 0 ? _first : after + 1, _first, _first + _lines.Count);
        var lines = _lines.Skip((int)(first - _first)).Take(Limits.TailLines).ToArray();
        return new TailLines(first, lines, first + lines.Length < _first + _lines.Count);
    }
}
