using ComPO.Dashboard.Charts;
using ComPO.Protocol;

namespace ComPO.Dashboard.Runs;

/// <summary>Gathers the iterations of the present or last run, in bounded memory.</summary>
internal sealed class RunTracker
{
    /// <summary>How many iterations are kept one by one.</summary>
    public const int MostRecent = 24;

    private readonly Queue<IterationSummary> _recent = new(MostRecent + 1);
    private readonly Queue<IterationCount> _counts = new(HeatMap.MostIterations + 1);
    private IterationSeries _series = new();
    private (string? RunId, long Started) _run;
    private RunPicture? _picture;

    /// <summary>How many iterations have been gathered.</summary>
    public int Committed { get; private set; }

    /// <summary>The run.</summary>
    public string? RunId => _run.RunId;

    /// <summary>What has been gathered; the same object until there is more.</summary>
    public RunPicture Picture => _picture ??= new RunPicture(RunId, Committed, [.. _series.Points], [.. _recent], [.. _counts]);

    /// <summary>Begins anew when another run, or another beginning of this one, is told of.</summary>
    public void Follow(TrainingStatus status)
    {
        var run = (status.RunId, status.StartedUnixMilliseconds);
        if (run == _run && status.Committed >= Committed)
            return;
        _run = run;
        _series = new IterationSeries();
        _recent.Clear();
        _counts.Clear();
        (Committed, _picture) = (0, null);
    }

    /// <summary>Takes the next lines of the run's log; those that were taken before are passed over.</summary>
    /// <exception cref="Core.Errors.RunLogException">A line is none.</exception>
    public void Add(IEnumerable<string> lines)
    {
        foreach (var iteration in lines.Select(IterationSummary.Of).Where(iteration => iteration.Iteration == Committed))
        {
            _series.Add(iteration);
            _recent.Enqueue(iteration);
            if (_recent.Count > MostRecent)
                _recent.Dequeue();
            _counts.Enqueue(iteration.Count);
            if (_counts.Count > HeatMap.MostIterations)
                _counts.Dequeue();
            (Committed, _picture) = (Committed + 1, null);
        }
    }
}
