using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Runs;

namespace ComPO.Cluster.Nodes;

/// <summary>Whether a trainer loads the layers below the head: <c>--body auto|yes|no</c>.</summary>
/// <param name="choice">What was asked for.</param>
/// <param name="memoryBytes">The memory where the model would lie.</param>
internal sealed class BodyRule(string choice, long memoryBytes)
{
    // Besides the checkpoint, memory holds the float32 head, a pair's features and the program.
    private const double Room = 1.5;

    /// <summary>Whether the body of a model is loaded.</summary>
    /// <param name="folder">The model's folder.</param>
    public bool Wants(string folder) => choice switch
    {
        "yes" => true,
        "no" => false,
        _ => Room * CheckpointBytes(folder) <= memoryBytes,
    };

    /// <summary>The models that a run names, if they lie below an allowed root.</summary>
    /// <exception cref="RequestRefusedException">One does not.</exception>
    public ModelRequest RequestFor(RunSettings settings, PathRules paths)
    {
        var folder = paths.Resolve("--model", settings.Model);
        return new ModelRequest(folder, settings.ReferenceModel is { } reference ? paths.Resolve("--reference-model", reference) : null, Wants(folder));
    }

    private static long CheckpointBytes(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*.safetensors").Sum(file => file.Length)
        : 0;
}
