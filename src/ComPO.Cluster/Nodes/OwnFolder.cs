using System.Text;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// A folder that a run writes a model to, on a machine where others may have put something: what the run has written itself, perhaps before a failover, it
/// may write anew, and nothing else. A hidden file beside the folder, called after it, says which run that was.
/// </summary>
internal static class OwnFolder
{
    /// <summary>Whether a run with a body may write where its settings say, as far as that can be told before it begins.</summary>
    /// <exception cref="RequestRefusedException">It may not.</exception>
    public static void RefuseForeign(RunSettings settings, PathRules paths)
    {
        if (settings.Output is { } output && Path.IsPathRooted(output))
            paths.ResolveOutput(output);
    }

    /// <summary>Makes room for a run's folder: what lies there goes, if the run has written it.</summary>
    /// <param name="folder">The folder, as a full path.</param>
    /// <param name="run">The run: its name and all its settings.</param>
    /// <exception cref="StorageException">Something lies there that the run has not written.</exception>
    public static void Claim(string folder, string run)
    {
        var mark = Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.run");
        var name = Digest.Of(Encoding.UTF8.GetBytes(run)).ToString();
        try
        {
            if (Path.Exists(folder))
            {
                if (!File.Exists(mark) || File.ReadAllText(mark) != name)
                    throw new StorageException($"{folder} is there already on this trainer's disk, and the run has not written it; move it away, then resume the run.");
                Directory.Delete(folder, recursive: true);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            File.WriteAllText(mark, name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{folder} cannot be written ({exception.Message}); free some space or give this node the right to write there, then resume the run.", exception);
        }
    }
}
