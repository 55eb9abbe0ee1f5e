using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Runs;

namespace ComPO.Node.Replay;

/// <summary>What a run left in its folder: its log, its features, and how it ended.</summary>
internal sealed class RunFolder
{
    private readonly string _featuresFolder;

    private RunFolder(string log, string featuresFolder, RunHeader header, IReadOnlyList<IterationRecord> iterations, RunLogException? firstBad) =>
        (LogPath, _featuresFolder, Header, Iterations, FirstBad) = (log, featuresFolder, header, iterations, firstBad);

    /// <summary>The log, as a full path.</summary>
    public string LogPath { get; }

    /// <summary>The first line of the log.</summary>
    public RunHeader Header { get; }

    /// <summary>The other lines, up to the first that cannot be one.</summary>
    public IReadOnlyList<IterationRecord> Iterations { get; }

    /// <summary>What is wrong behind these; null when they are all. A line before it may be bad too, which only going through them tells.</summary>
    public RunLogException? FirstBad { get; }

    /// <summary>Reads the log and compares its end with the result beside it, if there is one.</summary>
    /// <param name="log">The log's path.</param>
    /// <param name="featuresFolder">Where features are; null for the folder <c>features</c> beside the log.</param>
    /// <exception cref="RunLogException">The log is missing, or its first line is truncated or edited.</exception>
    public static RunFolder Open(string log, string? featuresFolder)
    {
        var path = Path.GetFullPath(log);
        var folder = Path.GetDirectoryName(path) ?? path;
        try
        {
            using var stream = File.OpenRead(path);
            var (header, iterations, firstBad) = RunLogReader.ReadGood(stream, path);
            firstBad ??= Contradiction(path, header, iterations, Path.Combine(folder, RunFiles.Result));
            return new RunFolder(path, featuresFolder ?? Path.Combine(folder, RunFiles.Features), header, iterations, firstBad);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new RunLogException($"The run log {path} cannot be read ({cause.Message}); name a {RunFiles.Log} with --log.", cause);
        }
    }

    /// <summary>The stored features with a digest.</summary>
    /// <exception cref="PreferenceDataException">The file is missing or is not one of features.</exception>
    /// <exception cref="DigestMismatchException">The file holds other bytes.</exception>
    public PairFeatures ReadFeatures(Digest digest)
    {
        var file = Path.Combine(_featuresFolder, RunFiles.FeaturesOf(digest));
        try
        {
            var bytes = File.ReadAllBytes(file);
            if (Digest.Of(bytes) is var found && found != digest)
                throw new DigestMismatchException($"The features {file} have digest {found}; expected {digest}, as their name says: the file is damaged or another.");
            return PairFeatures.Decode(bytes);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new PreferenceDataException(
                $"The features {file}, which {LogPath} speaks of, cannot be read ({cause.Message}); name their folder with --features.", cause);
        }
        catch (PreferenceDataException cause)
        {
            throw new PreferenceDataException($"{file}: {cause.Message}", cause);
        }
    }

    // Lines that are lost from the end or put there leave no gap, and nothing comes after the last one that would not fit it; only the result knows.
    private static RunLogException? Contradiction(string log, RunHeader header, IReadOnlyList<IterationRecord> iterations, string resultFile)
    {
        if (!File.Exists(resultFile))
            return null;
        var result = RunResult.FromJson(File.ReadAllBytes(resultFile), resultFile);
        if (iterations.Count != result.Iterations)
        {
            return new RunLogException(
                $"{log} ends after line {iterations.Count + 1}, which is {iterations.Count} iterations, and {resultFile} counts {result.Iterations}: "
                + $"lines {(iterations.Count < result.Iterations ? "are missing" : "were added")} at its end.");
        }
        if (result.HeadDigest is not { } head)
            return null;
        var (last, accepted) = (iterations.Count > 0 ? iterations[^1].HeadDigest : header.BaseDigest, iterations.Count(iteration => iteration.Accepted == true));
        return last != head || accepted != result.Accepted
            ? new RunLogException(
                $"{log}, line {iterations.Count + 1} ends with the head {last} after {accepted} accepted updates, {resultFile} with {head} after {result.Accepted}: one of them was edited.")
            : null;
    }
}
