using ComPO.Core.Errors;

namespace ComPO.Cluster.Configuration;

/// <summary>Which folders of a node models and data may be read from, and runs and models written to.</summary>
internal sealed class PathRules(IReadOnlyList<string> allowedRoots, IReadOnlyList<string> allowedOutputRoots)
{
    private readonly string[] _roots = Normalize(allowedRoots);
    private readonly string[] _outputRoots = Normalize(allowedOutputRoots);

    /// <summary>The full path, if it lies below an allowed root.</summary>
    /// <param name="option">The option that named it, for the sentence.</param>
    /// <param name="path">The path as given.</param>
    /// <exception cref="RequestRefusedException">It does not.</exception>
    public string Resolve(string option, string path)
    {
        var full = Path.GetFullPath(path);
        return LiesBelow(_roots, full) ? full : throw new RequestRefusedException(
            $"{option} is {full}, which lies outside the folders that compo.node.allowed-roots allows ({string.Join(", ", allowedRoots)}).");
    }

    /// <summary>The full path to write to, if it lies below an allowed root.</summary>
    /// <exception cref="RequestRefusedException">It does not.</exception>
    public string ResolveOutput(string path)
    {
        var full = Path.GetFullPath(path);
        return LiesBelow(_outputRoots, full) ? full : throw new RequestRefusedException(
            $"--output is {full}, which lies outside the folders that compo.node.allowed-output-roots allows ({string.Join(", ", allowedOutputRoots)}).");
    }

    private static string[] Normalize(IReadOnlyList<string> roots) => [.. roots.Select(root => WithSeparator(WithoutLinks(Path.GetFullPath(root))))];

    // A link below a root may lead out of it, so it is where a path ends that counts.
    private static bool LiesBelow(string[] roots, string full) =>
        roots.Length == 0 || roots.Any(root => WithSeparator(WithoutLinks(full)).StartsWith(root, StringComparison.Ordinal));

    private static string WithSeparator(string path) => Path.EndsInDirectorySeparator(path) ? path : path + Path.DirectorySeparatorChar;

    private static string WithoutLinks(string full)
    {
        var path = Path.GetPathRoot(full)!;
        foreach (var part in full[path.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path) is { LinkTarget: not null } link)
                path = WithoutLinks(link.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        }
        return path;
    }
}
