using ComPO.Cluster.Runs;
using ComPO.Cluster.Training;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Training;

public sealed class EventLogTests
{
    private readonly EventLog _log = new(TimeProvider.System);

    [Fact]
    public void Events_are_told_in_order_once_each_in_answers_of_bounded_size()
    {
        for (var i = 0; i < 100; i++)
            _log.Add(EventKind.TrainerJoined, $"event {i}", "node");

        var told = new List<ClusterEvent>();
        RecentEvents answer;
        do
        {
            answer = _log.After(told.Count == 0 ? 0 : told[^1].UnixMilliseconds, "leader");
            Assert.InRange(answer.Events.Length, 1, Limits.Events);
            told.AddRange(answer.Events);
        }
        while (answer.HasMore);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"event {i}"), told.Select(happened => happened.Sentence));
        Assert.Equal(told.Count, told.Select(happened => happened.UnixMilliseconds).Distinct().Count());
        Assert.Equal(told[^1].UnixMilliseconds, _log.Last);
        Assert.Empty(_log.After(_log.Last, "leader").Events);
    }

    [Fact]
    public void A_thousand_iterations_push_out_no_news_of_a_trainer()
    {
        _log.Add(EventKind.TrainerQuarantined, "Its numbers are not those of the others.", "node");
        for (var i = 0; i < 1000; i++)
            _log.Add(Committed(i, IterationVerdict.GateRefused), 0.2);

        var first = _log.After(0, "leader");
        Assert.Equal(EventKind.TrainerQuarantined, first.Events[0].Kind);
        // The latest of the others are there.
        Assert.Equal(1000 - (EventLog.Capacity - 1), first.Events[1].Iteration);
    }

    [Theory]
    [InlineData((int)IterationVerdict.Accepted, EventKind.UpdateAccepted, "Accepted: chosen -10.00 → -9.50, rejected -12.00 → -12.50.")]
    [InlineData((int)IterationVerdict.GateRefused, EventKind.GateRefused, "Refused by the gate: 15.0 % improved, more than 20.0 % are needed.")]
    [InlineData(
        (int)IterationVerdict.NotAccepted,
        EventKind.UpdateNotAccepted,
        "Not accepted: at step 5 chosen -10.00 → -9.75, rejected -12.00 → -11.90; chosen must rise and rejected fall.")]
    public void An_iteration_is_told_with_its_verdict_and_why(int verdict, EventKind kind, string sentence)
    {
        _log.Add(Committed(7, (IterationVerdict)verdict), 0.2);

        var happened = Assert.Single(_log.After(0, "leader").Events);
        Assert.Equal((kind, sentence, 7), (happened.Kind, happened.Sentence, happened.Iteration));
    }

    private static IterationCommitted Committed(int iteration, IterationVerdict verdict)
    {
        var before = new PairLogProbabilities(-10, -12);
        var after = verdict == IterationVerdict.Accepted ? new PairLogProbabilities(-9.5, -12.5) : before;
        var passes = verdict != IterationVerdict.GateRefused;
        var record = new IterationRecord
        {
            Iteration = iteration,
            Pair = 3,
            FeatureDigest = Digest.Of("features"u8),
            K = 8,
            Before = before,
            Perturbations = 200,
            Improved = passes ? 60 : 30,
            Predicted = 0.25,
            Gate = passes ? GateVerdict.Passed : GateVerdict.Refused,
            Norm = null,
            Threshold = null,
            Nonzero = null,
            Alignment = null,
            PredictedChange = null,
            LineSearch = passes ? [new LineSearchPoint(0, -10, -12), new LineSearchPoint(LineSearch.AcceptanceStep, -9.75, -11.9)] : null,
            Accepted = passes ? verdict == IterationVerdict.Accepted : null,
            Scale = null,
            After = after,
            Outcomes = null,
            HeadDigest = Digest.Of("head"u8),
            Seconds = new Dictionary<string, double>(),
        };
        return new IterationCommitted(iteration, 3, verdict, null, record.HeadDigest, after, record.ToJson());
    }
}
