using System.Diagnostics;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>The span of the iteration under way and of its present phase. Messages carry neither, so nothing is left current between two of them.</summary>
internal sealed class IterationTrace
{
    private Activity? _iteration;
    private Activity? _phase;

    /// <summary>An iteration begins; said again when it had to wait for a trainer, which is part of it.</summary>
    public void Begin(string run, int iteration)
    {
        if (_iteration is { } present && present.GetTagItem("compo.run") is string same && same == run && present.GetTagItem("compo.iteration") is int number && number == iteration)
            return;
        End("abandoned");
        _iteration = Start("iteration", default, run, iteration);
    }

    /// <summary>The iteration does something else now.</summary>
    public void Enter(RunPhase phase)
    {
        Stop(_phase);
        _phase = _iteration is { } iteration
            ? Start(phase.ToString().ToLowerInvariant(), iteration.Context, (string)iteration.GetTagItem("compo.run")!, (int)iteration.GetTagItem("compo.iteration")!)
            : null;
    }

    /// <summary>The iteration is over.</summary>
    public void End(string verdict)
    {
        _iteration?.SetTag("compo.verdict", verdict);
        Stop(_phase);
        Stop(_iteration);
        (_phase, _iteration) = (null, null);
    }

    private static Activity? Start(string name, ActivityContext parent, string run, int iteration)
    {
        var current = Activity.Current;
        var started = Instruments.Activities.StartActivity(name, ActivityKind.Internal, parent, [new("compo.run", run), new("compo.iteration", iteration)]);
        Activity.Current = current;
        return started;
    }

    private static void Stop(Activity? activity)
    {
        var current = Activity.Current;
        activity?.Stop();
        Activity.Current = current;
    }
}
