using System.Collections.Concurrent;
using System.Diagnostics;
using ComPO.Core.Telemetry;

namespace ComPO.Benchmarks.Clusters;

/// <summary>When the iterations of a cluster in this process begin, by their spans: what lies between two of them, and all that the process does meanwhile, is counted too.</summary>
internal sealed class IterationClock : IDisposable
{
    private readonly ConcurrentQueue<(DateTime At, TimeSpan Processors)> _begun = [];
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
                    _begun.Enqueue((span.StartTimeUtc, Environment.CpuUsage.TotalTime));
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Seconds from the beginning of each iteration to that of the next.</summary>
    public double[] Seconds() => Between((one, next) => next.At - one.At);

    /// <summary>Seconds that all threads of the process have computed from the beginning of each iteration to that of the next.</summary>
    public double[] ProcessorSeconds() => Between((one, next) => next.Processors - one.Processors);

    private double[] Between(Func<(DateTime At, TimeSpan Processors), (DateTime At, TimeSpan Processors), TimeSpan> difference)
    {
        (DateTime, TimeSpan)[] begun = [.. _begun];
        return [.. begun.Zip(begun.Skip(1), (one, next) => difference(one, next).TotalSeconds)];
    }

    public void Dispose() => _listener.Dispose();
}
