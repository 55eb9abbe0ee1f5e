using System.Text;
using ComPO.Core.Digests;
using ComPO.Core.Engines;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// Names all that a search by the reference rule depends on: what decides features and reference log-probabilities, the data, and what makes tokens of it.
/// Two nodes of one name find the same pairs and make the same features.
/// </summary>
internal static class SearchOrigin
{
    // What a model folder may hold beside weights: configuration, vocabulary, merges, chat template.
    private static readonly string[] TextKinds = [".json", ".jinja", ".model", ".txt"];

    /// <summary>The name of a node's search.</summary>
    /// <param name="model">The model, with a body.</param>
    /// <param name="dataFile">The data, as a path on this node.</param>
    public static Digest Of(INodeModel model, string dataFile)
    {
        var digest = new DigestBuilder();
        digest.Add(Encoding.UTF8.GetBytes($"{model.FeatureOrigin}\n{model.ReferenceOrigin}\n"));
        foreach (var path in (IEnumerable<string>)[.. FilesOf(model.Description.Folder).Where(path => TextKinds.Contains(Path.GetExtension(path))), .. FilesOf(dataFile)])
        {
            using var file = File.OpenRead(path);
            digest.Add(Encoding.UTF8.GetBytes($"{Path.GetFileName(path)} {file.Length}\n"));
            digest.Add(file);
        }
        return digest.Finish();
    }

    private static IEnumerable<string> FilesOf(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path] : [];
}
