using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Runs;

namespace ComPO.Cluster.Nodes;

/// <summary>Which folders of a node models and data may be read from.</summary>
internal sealed class PathRules(IReadOnlyList<string> allowedRoots)
{
    private readonly string[] _roots = [.. allowedRoots.Select(root => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)) + Path.DirectorySeparatorChar)];

    /// <summary>The full path, if it lies below an allowed root.</summary>
    /// <param name="option">The option that named it, for the sentence.</param>
    /// <param name="path">The path as given.</param>
    /// <exception cref="RequestRefusedException">It does not.</exception>
    public string Resolve(string option, string path)
    {
        var full = Path.GetFullPath(path);
        if (_roots.Length == 0 || _roots.Any(root => (full + Path.DirectorySeparatorChar).StartsWith(root, StringComparison.Ordinal)))
            return full;
        throw new RequestRefusedException(
            $"{option} is {full}, which lies outside the folders that compo.node.allowed-roots allows ({string.Join(", ", allowedRoots)}).");
    }

    /// <summary>The models that a run names, if they lie below an allowed root.</summary>
    /// <exception cref="RequestRefusedException">One does not.</exception>
    public ModelRequest RequestFor(RunSettings settings, bool withBody) => new(
        Resolve("--model", settings.Model),
        settings.ReferenceModel is { } reference ? Resolve("--reference-model", reference) : null,
        withBody);
}
