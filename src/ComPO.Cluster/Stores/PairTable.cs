using System.Diagnostics;
using System.Runtime.InteropServices;
using ComPO.Core.Digests;
using ComPO.Core.Safetensors;

namespace ComPO.Cluster.Stores;

/// <summary>
/// What was found out about many pairs in one way, 16 bytes a pair, in one safetensors file that says itself what and how. A file of another kind or
/// origin, or whose bytes are not those that were written, is as good as none. Threads may share a table, and processes a file: what either has added is
/// united whenever one writes it.
/// </summary>
internal sealed class PairTable
{
    private const int EntryBytes = 32;

    // The header and what a file system adds; beyond it each pair has its entry.
    private const int Margin = 4096;

    // Writing takes a twentieth of the time at most, and at most a second's work is lost with the process.
    private const int WritingShare = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly QuotaFolder _folder;
    private readonly string _kind;
    private readonly string _origin;
    private readonly string _name;
    private readonly Dictionary<Digest, UInt128> _values = [];
    // As they were added: what is oldest goes when there are too many.
    private readonly List<Digest> _order = [];
    private long _written = Stopwatch.GetTimestamp();
    private TimeSpan _wait = Pause;
    private bool _hasNews;

    /// <summary>Opens a table; an empty one where there is no sound file.</summary>
    /// <param name="folder">Where its file lies.</param>
    /// <param name="kind">What the 16 bytes are.</param>
    /// <param name="origin">All that decides them but the pair.</param>
    public PairTable(QuotaFolder folder, string kind, string origin)
    {
        (_folder, _kind, _origin) = (folder, kind, origin);
        _name = $"{Digest.Of(MemoryMarshal.AsBytes($"{kind}\n{origin}".AsSpan()))}.safetensors";
        Unite();
    }

    /// <summary>The name of its file.</summary>
    public string FileName => _name;

    /// <summary>What is known of a pair.</summary>
    public bool TryGet(Digest pair, out UInt128 value)
    {
        lock (_gate)
            return _values.TryGetValue(pair, out value);
    }

    /// <summary>Adds what was found out about a pair, and writes the file if that was not done for a while.</summary>
    public void Add(Digest pair, UInt128 value)
    {
        lock (_gate)
        {
            Put(pair, value);
            _hasNews = true;
            if (Stopwatch.GetElapsedTime(_written) >= _wait)
                Write();
        }
    }

    /// <summary>Writes the file if it lacks anything.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_hasNews)
                Write();
        }
    }

    private void Put(Digest pair, UInt128 value)
    {
        if (_values.TryAdd(pair, value))
            _order.Add(pair);
        else
            _values[pair] = value;
    }

    // Only under the lock.
    private void Write()
    {
        var begun = Stopwatch.GetTimestamp();
        Unite();
        var surplus = _order.Count - (int)Math.Clamp((_folder.MostBytes - Margin - _origin.Length) / EntryBytes, 0, Array.MaxLength / (2 * EntryBytes));
        if (surplus > 0)
        {
            foreach (var pair in _order.Take(surplus))
                _values.Remove(pair);
            _order.RemoveRange(0, surplus);
        }
        _folder.Write(_name, Encode());
        (_hasNews, _written) = (false, Stopwatch.GetTimestamp());
        _wait = WritingShare * Stopwatch.GetElapsedTime(begun) is var share && share > Pause ? share : Pause;
    }

    private void Unite()
    {
        if (_folder.TryRead(_name) is not { } bytes || EntriesOf(bytes) is not { } entries)
            return;
        foreach (var (pair, value) in entries)
        {
            if (_values.TryAdd(pair, value))
                _order.Add(pair);
        }
    }

    private byte[] Encode()
    {
        var entries = _order.Select(pair => new Entry(pair.Value, _values[pair])).ToArray();
        var data = MemoryMarshal.AsBytes(entries.AsSpan()).ToArray();
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(
            stream, [new TensorContent("entries", TensorType.UInt8, [entries.Length, EntryBytes], data)],
            new Dictionary<string, string> { ["format"] = _kind, ["origin"] = _origin, ["digest"] = Digest.Of(data).ToString() });
        return stream.ToArray();
    }

    private IEnumerable<(Digest, UInt128)>? EntriesOf(byte[] bytes)
    {
        try
        {
            var header = SafetensorsHeader.Parse(bytes);
            var data = bytes.AsMemory((int)header.DataOffset);
            return header.Metadata.GetValueOrDefault("format") == _kind
                && header.Metadata.GetValueOrDefault("origin") == _origin
                && header.Metadata.GetValueOrDefault("digest") == Digest.Of(data.Span).ToString()
                && data.Length % EntryBytes == 0
                ? MemoryMarshal.Cast<byte, Entry>(data.Span).ToArray().Select(entry => (new Digest(entry.Pair), entry.Value))
                : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // Little-endian, like all that safetensors holds.
    private readonly record struct Entry(UInt128 Pair, UInt128 Value);
}
