using System.Diagnostics;
using System.Globalization;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using ComPO.Node.Hosting;
using ComPO.Node.Scoring;
using ComPO.Protocol;
using ComPO.Torch.Models;

namespace ComPO.Node.Quickstart;

/// <summary>
/// The quickstart from start to end: a sample model from the cache, pairs, a real cluster of one process that trains as any
/// cluster does, and both models scored by the code of the <c>score</c> command.
/// </summary>
/// <param name="settings">The settings of the run.</param>
/// <param name="folder">The empty folder of results, as a full path.</param>
/// <param name="verbose">Whether the node logs more than warnings.</param>
/// <param name="progress">Shows how far it is.</param>
internal sealed class QuickstartJob(QuickstartSettings settings, string folder, bool verbose, QuickstartProgress progress)
{
    private readonly SampleRecipe _recipe = new() { Seed = settings.Seed };
    private readonly TorchModelLoader _models = new(new TorchModelOptions());
    private readonly string _trainingFile = Path.Combine(folder, "pairs.jsonl");
    private readonly string _heldOutFile = Path.Combine(folder, "held-out.jsonl");

    /// <summary>Does it.</summary>
    public async Task<QuickstartReport> RunAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var material = new SampleMaterial(_recipe, _models.ComputeClass);
        material.WritePairs(_trainingFile, _heldOutFile);
        var baseModel = await Task.Run(() => GetOrTrainModel(material, cancellation), cancellation);
        var before = await Task.Run(() => ScoreBoth("score the base model", baseModel, cancellation), cancellation);
        var status = await TrainAsync(baseModel, cancellation);
        var trainedModel = status.ModelFolder ?? throw new RunFailedException("The run ended without writing the trained model.");
        var after = await Task.Run(() => ScoreBoth("score the trained model", trainedModel, cancellation), cancellation);
        return new QuickstartReport(
            _recipe.Pairs, status.Committed, status.Accepted,
            new BeforeAndAfter(before.Trained, after.Trained), new BeforeAndAfter(before.HeldOut, after.HeldOut),
            status.HeadDigest?.ToString() ?? throw new RunFailedException("The run ended without a head digest."),
            clock.Elapsed.TotalSeconds, folder);
    }

    private string GetOrTrainModel(SampleMaterial material, CancellationToken cancellation)
    {
        var show = progress.Begin("make the sample model", _recipe.Steps);
        var model = SampleCache.OfUser().GetOrMake(material.Key, unfinished => material.WriteModel(
            unfinished, step => show(step.Step, string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:0.000}")), cancellation));
        show(_recipe.Steps, null);
        return model;
    }

    private (PairMeans Trained, PairMeans HeldOut) ScoreBoth(string stage, string model, CancellationToken cancellation)
    {
        var (show, done) = (progress.Begin(stage, 2 * _recipe.Pairs), 0);
        using var scored = ScoredModel.Open(model, dtype: null, Environment.ProcessorCount);
        PairMeans Score(string file) => PairMeans.Of(
            scored.Score(file, PairOptions.Default, NoisyPairRule.PaperThreshold, limit: null, _ => show(++done, null), cancellation).Sum());
        return (Score(_trainingFile), Score(_heldOutFile));
    }

    private async Task<TrainingStatus> TrainAsync(string baseModel, CancellationToken cancellation)
    {
        var show = progress.Begin("align it with ComPO", settings.Iterations);
        var options = new NodeOptions { Roles = [NodeOptions.SeedRole, NodeOptions.TrainerRole], Hostname = "127.0.0.1", Port = 0, SeedNodes = [] };
        await using var node = await ComPONode.StartAsync(
            options, _models, Config.Empty, new HostSettings { Verbose = verbose }, cancellation);
        return await new QuickstartRun(node.System).TrainAsync(
            new RunId("quickstart"),
            settings.ForRun(baseModel, _trainingFile, Path.Combine(folder, "run")),
            status => show(status.Committed, string.Create(CultureInfo.InvariantCulture, $"{status.Accepted} updates accepted")),
            cancellation);
    }
}
