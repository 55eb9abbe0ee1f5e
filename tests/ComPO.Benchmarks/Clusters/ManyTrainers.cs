using System.Diagnostics;
using ComPO.Core.Runs;
using ComPO.Simulation;

namespace ComPO.Benchmarks.Clusters;

/// <summary>What it costs to lead many trainers: processor time of supervisor, aggregator and journal, and the memory they keep.</summary>
internal static class ManyTrainers
{
    private const double FailingShare = 0.002;
    private const double StragglingShare = 0.01;

    /// <summary>Runs one iteration of so many blocks and prints its cost.</summary>
    public static async Task RunAsync(TextWriter output, int trainers, int blocks, TimeSpan typical)
    {
        var state = Directory.CreateTempSubdirectory("compo-simulation-");
        try
        {
            await RunAsync(output, trainers, blocks, typical, state);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(TextWriter output, int trainers, int blocks, TimeSpan typical, DirectoryInfo state)
    {
        await using var cluster = await SimulatedCluster.StartAsync(
            new Conduct(typical, FailingShare, StragglingShare), state.FullName, "compo.probing { block-size = 1, block-deadline = 60s }");
        for (var i = 0; i < trainers; i++)
            cluster.Join(i);
        await cluster.UntilAsync(status => status.Nodes.Length == trainers, TimeSpan.FromSeconds(1));
        await cluster.StartRunAsync("simulation", new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = 1, Perturbations = blocks, Radius = 0.01, Gate = 0.05, Density = 0.1, StepSize = 1, NoiseThreshold = 50,
            Output = Path.Combine(state.FullName, "run"),
        });
        await cluster.UntilAsync(status => status.PerturbationsDone > 0, TimeSpan.FromMilliseconds(200));

        var (before, clock) = (ThreadTimes.Read(), Stopwatch.StartNew());
        await output.WriteLineAsync($"{trainers} trainers, {blocks} blocks of {typical.TotalSeconds:0.##} s, {FailingShare:P1} failing, {StragglingShare:P0} straggling");
        var nextReport = 0;
        await cluster.UntilAsync(
            status =>
            {
                if (status.PerturbationsDone >= nextReport && status.Committed == 0)
                {
                    output.WriteLine($"{status.PerturbationsDone,8} blocks  {clock.Elapsed.TotalSeconds,6:0.0} s  {GC.GetTotalMemory(true) / 1e6,7:0.0} MB");
                    nextReport += blocks / 5;
                }
                return status.PerturbationsDone >= blocks || status.Committed > 0;
            },
            TimeSpan.FromMilliseconds(500));
        var (after, elapsed) = (ThreadTimes.Read(), clock.Elapsed.TotalSeconds);

        var costs = after.ToDictionary(thread => thread.Key, thread => thread.Value - before.GetValueOrDefault(thread.Key));
        foreach (var (name, cost) in costs.OrderByDescending(thread => thread.Value).Take(4))
            await output.WriteLineAsync($"  {name,-16} {cost,8:0.00} s");
        // Of a core, for a hundred trainers that do a block a second each.
        double Share(double cost) => cost / (blocks * typical.TotalSeconds) * 100;
        await output.WriteLineAsync(
            $"{Share(costs.GetValueOrDefault(SimulatedCluster.LeadingThreads)):P2} of a core per 100 trainers at a block a second each: supervisor and aggregator; "
            + $"{Share(costs.Values.Sum()):P2} with all else in the process, the journal and what stands in for the trainers included");
        var ended = await cluster.UntilAsync(status => status.HasEnded, TimeSpan.FromMilliseconds(500));
        await output.WriteLineAsync($"{blocks / elapsed:0} blocks a second; the run ended as {ended.Phase} after {clock.Elapsed.TotalSeconds:0.0} s");
    }
}
