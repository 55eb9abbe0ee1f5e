using System.Globalization;
using ComPO.Cluster.Runs;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What has happened lately, for people to read; so many events and no more. Nothing is decided by it.</summary>
internal sealed class EventLog(TimeProvider time)
{
    /// <summary>How many events are remembered.</summary>
    public const int Capacity = 256;

    private readonly LinkedList<ClusterEvent> _events = [];

    /// <summary>The time of the last event; 0 when there is none.</summary>
    public long Last { get; private set; }

    /// <summary>Takes down that something has happened.</summary>
    public void Add(EventKind kind, string sentence, string? node = null, int? iteration = null)
    {
        Last = Math.Max(Last + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        _events.AddLast(new ClusterEvent(Last, kind, node, iteration, Limits.Fit(sentence)));
        if (_events.Count > Capacity)
            _events.Remove(Dispensable());
    }

    /// <summary>Takes down how an iteration ended, and why.</summary>
    public void Add(IterationCommitted committed, double gate)
    {
        var record = IterationRecord.FromJson(committed.Line, $"iteration {committed.Iteration}");
        switch (committed.Verdict)
        {
            case IterationVerdict.Accepted:
                Add(EventKind.UpdateAccepted, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Accepted: chosen {record.Before.Chosen:0.00} → {record.After.Chosen:0.00}, rejected {record.Before.Rejected:0.00} → {record.After.Rejected:0.00}."),
                    iteration: committed.Iteration);
                break;
            case IterationVerdict.NotAccepted:
                Add(EventKind.UpdateNotAccepted, Check(record.LineSearch!), iteration: committed.Iteration);
                break;
            case IterationVerdict.GateRefused:
                Add(EventKind.GateRefused, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Refused by the gate: {record.ImprovedShare ?? record.Predicted:P1} improved, more than {gate:P1} are needed."),
                    iteration: committed.Iteration);
                break;
        }
    }

    /// <summary>The events after a time, so many of them as one answer takes.</summary>
    public RecentEvents After(long after, string supervisor)
    {
        var next = _events.Where(happened => happened.UnixMilliseconds > after).Take(Limits.Events).ToArray();
        return new RecentEvents(next, next.Length > 0 && next[^1].UnixMilliseconds < Last, supervisor);
    }

    private static string Check(IReadOnlyList<LineSearchPoint> points)
    {
        var (start, check) = (points[0], points.First(point => point.Step.Equals(LineSearch.AcceptanceStep)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Not accepted: at step {check.Step} chosen {start.Chosen:0.00} → {check.Chosen:0.00}, rejected {start.Rejected:0.00} → {check.Rejected:0.00}; chosen must rise and rejected fall.");
    }

    // Iterations are in the run's log too; who came, went and failed is only here.
    private ClusterEvent Dispensable() => _events.FirstOrDefault(happened => happened.Iteration is not null) ?? _events.First!.Value;
}
