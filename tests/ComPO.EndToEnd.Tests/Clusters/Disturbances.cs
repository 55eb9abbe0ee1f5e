using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>
/// What may befall the nodes of a cluster, drawn at random but never so that no majority of the seeds or no trainer is left: one seed at a
/// time is disturbed, and not the next before it is back among the others.
/// </summary>
internal sealed class Disturbances(TestCluster cluster, IReadOnlyList<string> seeds, IReadOnlyList<string> trainers, int schedule)
{
    private const int EventsBetweenSeeds = 2;

    private readonly Random _draws = new(schedule);
    private readonly HashSet<string> _down = [];
    private readonly HashSet<string> _paused = [];
    private int _sinceSeed = EventsBetweenSeeds;

    /// <summary>How often a seed was struck.</summary>
    public int SeedStrikes { get; private set; }

    /// <summary>Does one thing to one node, and says what.</summary>
    public async Task<string> NextAsync()
    {
        foreach (var name in _paused)
            cluster.Send(name, TestCluster.Continue);
        var back = string.Join(' ', _paused);
        _paused.Clear();
        var done = _down.Count > 0 && _draws.Next(3) == 0 ? Join() : await StrikeAsync();
        return back.Length > 0 ? $"{back} wakes up, {done}" : done;
    }

    /// <summary>Wakes up what sleeps.</summary>
    public void End()
    {
        foreach (var name in _paused)
            cluster.Send(name, TestCluster.Continue);
        _paused.Clear();
    }

    private string Join()
    {
        var name = Draw([.. _down.Order(StringComparer.Ordinal)]);
        _down.Remove(name);
        cluster.Launch(name);
        return $"{name} joins";
    }

    private async Task<string> StrikeAsync()
    {
        var isSeed = ++_sinceSeed > EventsBetweenSeeds && seeds.All(cluster.IsUp) && _draws.Next(2) == 0;
        var name = Draw(isSeed ? seeds : [.. trainers.Except(_down)]);
        if (isSeed)
            (_sinceSeed, SeedStrikes) = (0, SeedStrikes + 1);
        var isLast = !isSeed && _down.Count == trainers.Count - 1;
        var kind = _draws.Next(isLast ? 1 : 0, 3);
        if (kind == 0)
        {
            cluster.Send(name, TestCluster.Pause);
            _paused.Add(name);
            return $"{name} sleeps";
        }
        await cluster.EndAsync(name, kind == 1 ? TestCluster.Kill : RunningProcess.Terminate);
        var how = kind == 1 ? "is killed" : "leaves";
        // A seed is started again by whatever looks after it; of the trainers one always stays.
        if (!isSeed && !isLast)
        {
            _down.Add(name);
            return $"{name} {how}";
        }
        cluster.Launch(name);
        return $"{name} {how} and is started again";
    }

    private string Draw(IReadOnlyList<string> names) => names[_draws.Next(names.Count)];
}
