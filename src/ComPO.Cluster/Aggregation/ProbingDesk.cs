using Akka.Actor;
using ComPO.Core.Oracle;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>What becomes of a block's outcomes that a device has reported.</summary>
internal enum ReportState
{
    /// <summary>They are in the journal already, or of no use: the device is to hear so now.</summary>
    Settled,

    /// <summary>They wait for the journal with others, and the device with them.</summary>
    Waiting,

    /// <summary>They wait as the first of a batch, whose time begins.</summary>
    First,

    /// <summary>They were the last of the iteration.</summary>
    Last,
}

/// <summary>
/// The probes of one iteration as devices pull and report them: which block a device gets, which outcomes are on their way into the journal and who waits to
/// hear of it, and what each device has done. It decides and keeps book; all that is told to others its owner tells.
/// </summary>
internal sealed class ProbingDesk
{
    private readonly AggregationPlan _plan;
    private readonly IterationTrainers _trainers;
    private readonly LapClock _clock;
    private readonly BlockQueue _queue;
    private readonly OutcomeBatches _batches = new();
    private readonly DeviceWorkSheet _work = new();

    /// <param name="plan">The iteration, with the outcomes that are known already.</param>
    /// <param name="trainers">Whose devices get blocks.</param>
    /// <param name="blockDeadline">After how long a block counts as lost.</param>
    /// <param name="clock">Tells how late a block is.</param>
    public ProbingDesk(AggregationPlan plan, IterationTrainers trainers, TimeSpan blockDeadline, LapClock clock)
    {
        (_plan, _trainers, _clock) = (plan, trainers, clock);
        _queue = new BlockQueue(plan.BlockSizes, blockDeadline);
        foreach (var known in plan.Known)
            _queue.Restore(known.First, OutcomeBits.FromBytes(known.Outcomes, known.Count));
    }

    /// <summary>Whether no more blocks are handed out for the time being.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Whether probing is held, no block is out, and all that came in is kept. When all outcomes are in, the iteration is brought to its end instead.</summary>
    public bool IsAtRest => IsHeld && !IsComplete && _batches.IsEmpty && _queue.IsQuiet(_clock.Elapsed);

    /// <summary>Whether all outcomes are in.</summary>
    public bool IsComplete => _queue.IsComplete;

    /// <summary>The outcomes so far.</summary>
    public OutcomeBits Outcomes => _queue.Outcomes;

    /// <summary>How many of them are improved.</summary>
    public int Improved => _queue.Improved;

    /// <summary>A node may come to ask for blocks.</summary>
    public void Expect(string address) => _queue.Expect(address);

    /// <summary>A node is gone: what its devices had is to do again.</summary>
    public void Release(string address) => _queue.Release(address);

    /// <summary>The block of a number if it is one of an iteration's and this is the iteration.</summary>
    public Block? Find(int iteration, int block) => iteration == _plan.Iteration ? _queue.Find(block) : null;

    /// <summary>What a device that asks for a block is told.</summary>
    public IComPOMessage HandOut(RequestBlock request)
    {
        if (request.Iteration != _plan.Iteration || IsComplete)
            return new ProbingOver(request.Iteration);
        // A device whose trainer is gone for us gets no work: it may hold another head by now.
        if (IsHeld || !_trainers.Owns(request.Device) || _queue.Next(request.Device, _clock.Elapsed) is not { } block)
            return new NoBlockNow(_plan.Iteration);
        Instruments.BlocksHandedOut.Add(1);
        if (_queue.Holders(block.Number) > 1)
            Instruments.BlocksRepeated.Add(1);
        return new ProbeBlock(_plan.Iteration, block.Number, block.First, block.Count);
    }

    /// <summary>Takes a block's outcomes in.</summary>
    /// <param name="block">The block.</param>
    /// <param name="outcomes">As many as it has perturbations.</param>
    /// <param name="device">Who has probed it.</param>
    /// <param name="reporter">Who is to hear that they are kept.</param>
    public ReportState Take(Block block, OutcomeBits outcomes, string device, IActorRef reporter)
    {
        var handedOut = _queue.HandedOut(block.Number, device);
        // A report that came again while its block waits to be persisted is answered with the rest.
        if (!_trainers.Owns(device) || !_queue.Complete(block, outcomes, device, _clock.Elapsed))
            return _batches.Join(block.Number, reporter) ? ReportState.Waiting : ReportState.Settled;
        if (handedOut is { } since)
            _work.Add(device, since, _clock.Elapsed);
        Instruments.BlocksAnswered.Add(1);
        _batches.Add(block, outcomes, reporter);
        return IsComplete ? ReportState.Last : _batches.IsFirst ? ReportState.First : ReportState.Waiting;
    }

    /// <summary>Takes a block back that failed on a device.</summary>
    /// <returns>How often it counts as failed.</returns>
    public int Fail(Block block, string device)
    {
        Instruments.BlocksFailed.Add(1);
        return _queue.Fail(block, device);
    }

    /// <summary>The outcomes that have come in since the last batch; null when there are none.</summary>
    public OutcomesGathered? CloseBatch() => _batches.Close() is { } batch
        ? new OutcomesGathered(batch.Number, batch.Blocks, _queue.BlocksDone, _queue.PerturbationsDone, _queue.Improved, _work.Take())
        : null;

    /// <summary>A batch is in the journal.</summary>
    /// <returns>Who waits to hear of which block.</returns>
    public IReadOnlyList<(int Block, IActorRef Device)> Keep(long batch) => _batches.Keep(batch);
}
