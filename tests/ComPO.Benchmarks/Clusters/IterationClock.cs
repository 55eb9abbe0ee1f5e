using System.Collections.Concurrent;
using System.Diagnostics;
using ComPO.Core.Telemetry;

namespace ComPO.Benchmarks.Clusters;

/// <summary>When the iterations of a cluster in this process begin, by their spans: what lies between two of them is counted too.</summary>
internal sealed class IterationClock : IDisposable
{
    private readonly ConcurrentQueue<DateTime> _begun = [];
    private readonly ActivityListener _listener;

    public IterationClock()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Instruments.Name,
            Sample = (ref _) => ActivitySamplingResult.PropagationData,
            ActivityStarted = span =>
            {
                if (span.OperationName == "iteration")
                    _begun.Enqueue(span.StartTimeUtc);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Seconds from the beginning of each iteration to that of the next.</summary>
    public double[] Seconds()
    {
        DateTime[] begun = [.. _begun];
        return [.. begun.Zip(begun.Skip(1), (one, next) => (next - one).TotalSeconds)];
    }

    public void Dispose() => _listener.Dispose();
}
