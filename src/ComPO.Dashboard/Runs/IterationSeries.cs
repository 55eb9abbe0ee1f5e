namespace ComPO.Dashboard.Runs;

/// <summary>Consecutive iterations as one point of a chart: the means over them.</summary>
public readonly record struct SeriesPoint(
    int First, int Iterations, int Perturbations, Mean Chosen, Mean Rejected, Mean Improved, Mean Predicted, Mean Alignment)
{
    /// <summary>The last of its iterations.</summary>
    public int Last => First + Iterations - 1;

    /// <summary>One iteration.</summary>
    public static SeriesPoint Of(IterationSummary iteration) => new(
        iteration.Iteration,
        1,
        iteration.Perturbations,
        Mean.Of(iteration.After.Chosen),
        Mean.Of(iteration.After.Rejected),
        Mean.Of(iteration.Improved),
        Mean.Of(iteration.Predicted * iteration.Perturbations),
        Mean.Of(iteration.Alignment));

    /// <summary>This one and the one that follows it.</summary>
    public SeriesPoint Join(SeriesPoint next) => new(
        First,
        Iterations + next.Iterations,
        Perturbations,
        Chosen + next.Chosen,
        Rejected + next.Rejected,
        Improved + next.Improved,
        Predicted + next.Predicted,
        Alignment + next.Alignment);
}

/// <summary>
/// The whole of a run in so many points and no more, however long it is: when there would be too many, neighbours are joined, and from then on
/// each point takes twice as many iterations.
/// </summary>
internal sealed class IterationSeries
{
    /// <summary>The most points.</summary>
    public const int MostPoints = 128;

    private readonly List<SeriesPoint> _points = new(MostPoints + 1);
    private int _iterationsAPoint = 1;

    /// <summary>The points, in order; the last may not be full yet.</summary>
    public IReadOnlyList<SeriesPoint> Points => _points;

    /// <summary>Adds the next iteration.</summary>
    public void Add(IterationSummary iteration)
    {
        var point = SeriesPoint.Of(iteration);
        if (_points.Count > 0 && _points[^1].Iterations < _iterationsAPoint)
            _points[^1] = _points[^1].Join(point);
        else
            _points.Add(point);
        if (_points.Count > MostPoints)
            JoinNeighbours();
    }

    private void JoinNeighbours()
    {
        _iterationsAPoint *= 2;
        var joined = _points.Chunk(2).Select(pair => pair.Length == 2 ? pair[0].Join(pair[1]) : pair[0]).ToList();
        _points.Clear();
        _points.AddRange(joined);
    }
}
