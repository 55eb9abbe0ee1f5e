using ComPO.Core.Oracle;

namespace ComPO.Cluster.Probing;

/// <summary>Consecutive perturbations that are probed together.</summary>
internal readonly record struct Block(int Number, int First, int Count);

/// <summary>
/// The blocks of one iteration: which are to do, which are out, which are in, which failed and where. Outcomes land at their
/// perturbation's place, so that neither block size nor order shows in the result. No actor: pure bookkeeping.
/// </summary>
internal sealed class BlockQueue
{
    private readonly int _blockSize;
    private readonly LinkedList<int> _toDo;
    private readonly Dictionary<int, HashSet<string>> _failedOn = [];
    private readonly Dictionary<int, int> _failures = [];
    private readonly HashSet<string> _devices = new(StringComparer.Ordinal);
    private readonly bool[] _done;
    private int _open;

    public BlockQueue(int perturbations, int blockSize)
    {
        _blockSize = blockSize;
        Outcomes = new OutcomeBits(perturbations);
        _open = (perturbations + blockSize - 1) / blockSize;
        _done = new bool[_open];
        _toDo = new LinkedList<int>(Enumerable.Range(0, _open));
    }

    /// <summary>The outcomes so far; those not yet in are 0.</summary>
    public OutcomeBits Outcomes { get; }

    /// <summary>Whether all blocks are in.</summary>
    public bool IsComplete => _open == 0;

    /// <summary>How many blocks are in.</summary>
    public int BlocksDone => _done.Length - _open;

    /// <summary>How many outcomes are in.</summary>
    public int PerturbationsDone { get; private set; }

    /// <summary>How many of them are improved.</summary>
    public int Improved { get; private set; }

    /// <summary>Hands out the next block, if possible one that has not failed on this device.</summary>
    /// <returns>Null when all are out or in, or when the rest had better go elsewhere.</returns>
    public Block? Next(string device)
    {
        _devices.Add(device);
        for (var node = _toDo.First; node is not null; node = node.Next)
        {
            if (MayGoTo(device, node.Value))
            {
                _toDo.Remove(node);
                return Of(node.Value);
            }
        }
        return null;
    }

    /// <summary>The block of a number, or null when there is none.</summary>
    public Block? Find(int number) => number >= 0 && number < _done.Length ? Of(number) : null;

    /// <summary>Takes a block's outcomes; false when they were there already.</summary>
    /// <exception cref="ArgumentException">They are not as many as the block has perturbations.</exception>
    public bool Complete(Block block, OutcomeBits outcomes)
    {
        if (outcomes.Count != block.Count)
            throw new ArgumentException($"Block {block.Number} has {block.Count} perturbations, not {outcomes.Count}.", nameof(outcomes));
        if (_done[block.Number])
            return false;
        Outcomes.Write(block.First, outcomes);
        _done[block.Number] = true;
        _open--;
        _toDo.Remove(block.Number);
        PerturbationsDone += block.Count;
        Improved += outcomes.CountImproved();
        return true;
    }

    /// <summary>Takes a block back that failed on a device.</summary>
    /// <returns>How often it has failed by now; 0 when it is in already.</returns>
    public int Fail(Block block, string device)
    {
        if (_done[block.Number])
            return 0;
        if (!_failedOn.TryGetValue(block.Number, out var devices))
            _failedOn[block.Number] = devices = new HashSet<string>(StringComparer.Ordinal);
        devices.Add(device);
        if (!_toDo.Contains(block.Number))
            _toDo.AddFirst(block.Number);
        return _failures[block.Number] = _failures.GetValueOrDefault(block.Number) + 1;
    }

    // A block that failed here goes elsewhere, unless it has failed on every device there is.
    private bool MayGoTo(string device, int number) =>
        !_failedOn.TryGetValue(number, out var devices) || !devices.Contains(device) || devices.IsSupersetOf(_devices);

    private Block Of(int number)
    {
        var first = number * _blockSize;
        return new Block(number, first, Math.Min(_blockSize, Outcomes.Count - first));
    }
}
