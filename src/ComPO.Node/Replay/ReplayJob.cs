using System.Diagnostics;
using ComPO.Core.Heads;
using ComPO.Core.Replay;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Heads;

namespace ComPO.Node.Replay;

/// <summary>A replay from start to end: the base head is read, every iteration is done again and checked, and the model is written.</summary>
/// <param name="run">What the run left.</param>
/// <param name="modelFolder">The base model's folder.</param>
/// <param name="output">The folder to write; nothing is there before everything is right.</param>
/// <param name="threads">Threads to compute on.</param>
internal sealed class ReplayJob(RunFolder run, string modelFolder, string output, int threads)
{
    /// <summary>Does it.</summary>
    /// <param name="progress">Told after each iteration how many are done.</param>
    /// <param name="cancellation">Gives up; nothing is written then.</param>
    public ReplayReport Run(Action<int> progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        ModelExporter.RefuseUnwritable(output);
        var (head, softCap) = ReadHead();
        using var engine = new TorchHeadEngine(threads);
        var replay = new RunReplay(run.LogPath, run.Header, head, softCap, run.ReadFeatures, engine, engine.Threads)
        {
            ChecksLogProbabilities = !run.Header.Settings.AllowMixedClasses && TorchHeadEngine.GivesLogProbabilitiesOf(run.Header.ComputeClass),
        };
        foreach (var record in run.Iterations)
        {
            replay.Apply(record, cancellation);
            progress(record.Iteration + 1);
        }
        if (run.FirstBad is { } bad)
            throw bad;
        var written = ModelExporter.Write(modelFolder, replay.Head, run.Header.Settings.HeadDtype, output);
        return new ReplayReport(
            run.Header.Run, run.Iterations.Count, replay.Accepted, run.Header.BaseDigest.ToString(), replay.HeadDigest.ToString(),
            clock.Elapsed.TotalSeconds, written.Folder);
    }

    private (HeadWeights Head, double? SoftCap) ReadHead()
    {
        using var checkpoint = Checkpoint.Open(modelFolder);
        return (checkpoint.LoadHead(), checkpoint.Config.FinalLogitSoftCap);
    }
}
