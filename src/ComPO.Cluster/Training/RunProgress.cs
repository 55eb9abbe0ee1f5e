using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Runs;
using ComPO.Core.Oracle;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What shows of the iteration under way and is gone with it. Nothing is decided by it.</summary>
internal sealed class RunProgress(TimeProvider time, IterationTrace trace)
{
    private LapClock _iteration = new(time);
    private long _probingStarted;
    private int _blocksDone;

    /// <summary>What the run is doing.</summary>
    public RunPhase Phase
    {
        get;
        set
        {
            if (field != value)
                trace.Enter(value);
            field = value;
        }
    }

    /// <summary>The row of the pair, once selected.</summary>
    public int? Pair { get; private set; }

    /// <summary>The closed form's prediction, once known.</summary>
    public double? Predicted { get; private set; }

    /// <summary>Outcomes that are in.</summary>
    public int PerturbationsDone { get; private set; }

    /// <summary>Of them, the improved ones.</summary>
    public int Improved { get; private set; }

    /// <summary>Blocks answered per second of probing.</summary>
    public double BlocksPerSecond { get; private set; }

    /// <summary>Time since the iteration began.</summary>
    public TimeSpan IterationElapsed => _iteration.Elapsed;

    public void BeginRun()
    {
        Phase = RunPhase.Starting;
        BeginIteration();
    }

    /// <summary>A run goes on with what is known of its iteration from the journal.</summary>
    public void TakeOver(RunState run)
    {
        BeginRun();
        (Pair, PerturbationsDone) = (run.Pair?.Row, run.Outcomes.Sum(block => block.Count));
        Improved = run.Outcomes.Sum(block => OutcomeBits.FromBytes(block.Outcomes, block.Count).CountImproved());
    }

    public void BeginIteration()
    {
        _iteration = new LapClock(time);
        (Pair, Predicted, PerturbationsDone, Improved, _blocksDone) = (null, null, 0, 0, 0);
    }

    public void PairIsSelected(int row) => Pair = row;

    public void PairIsPrepared(double predicted)
    {
        Predicted = predicted;
        _probingStarted = time.GetTimestamp();
    }

    public void BlocksAreDone(int blocks, int perturbations, int improved)
    {
        (_blocksDone, PerturbationsDone, Improved) = (blocks, perturbations, improved);
        var seconds = time.GetElapsedTime(_probingStarted).TotalSeconds;
        BlocksPerSecond = seconds > 0 ? _blocksDone / seconds : 0;
    }

    /// <summary>Seconds since the last lap.</summary>
    public double Lap() => _iteration.Lap();
}
