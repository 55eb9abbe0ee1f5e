using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Runs;
using ComPO.Node.Hosting;
using ComPO.Node.Quickstart;
using ComPO.Torch.Models;

namespace ComPO.Node.Tests.Replay;

/// <summary>Small runs on a real cluster of one process, made when they are first asked for; shared by tests, which work on copies.</summary>
public sealed class FinishedRuns : IDisposable
{
    private readonly Dictionary<Estimator, string> _folders = [];
    private readonly string _root = Directory.CreateTempSubdirectory("compo-replay-").FullName;

    /// <summary>A new folder with what a run of three iterations left.</summary>
    internal async Task<string> CopyAsync(Estimator estimator)
    {
        var model = PublishedData.FolderOf("llama");
        if (!_folders.TryGetValue(estimator, out var folder))
            _folders[estimator] = folder = await TrainAsync(model, estimator);
        var copy = Path.Combine(_root, Guid.NewGuid().ToString("n"));
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private async Task<string> TrainAsync(string model, Estimator estimator)
    {
        var data = Path.Combine(_root, "pairs.jsonl");
        await File.WriteAllTextAsync(data, """
            {"prompt_input_ids":[1,5],"chosen_input_ids":[9,10,11],"rejected_input_ids":[12,13]}
            {"prompt_input_ids":[1,6],"chosen_input_ids":[40,41],"rejected_input_ids":[50,51]}
            {"prompt_input_ids":[1,7],"chosen_input_ids":[60],"rejected_input_ids":[70,71,72]}
            """);
        var settings = new RunSettings
        {
            Model = model, Data = data, Iterations = 3, Perturbations = 200, Gate = 0, StepSize = 0.1, NoiseThreshold = 50, Estimator = estimator,
            Output = Path.Combine(_root, estimator.ToString()),
        };
        var cancellation = TestContext.Current.CancellationToken;
        var options = new NodeOptions { Roles = [NodeOptions.SeedRole, NodeOptions.TrainerRole], Hostname = "127.0.0.1", Port = 0, SeedNodes = [] };
        await using var node = await ComPONode.StartAsync(options, new TorchModelLoader(new TorchModelOptions()), Config.Empty, new HostSettings(), cancellation);
        await new QuickstartRun(node.System).TrainAsync(new RunId("small"), settings, _ => { }, cancellation);
        return settings.Output;
    }
}
