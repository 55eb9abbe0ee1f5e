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
            firstBad ??= MissingLines(path, Path.Combine(folder, RunFiles.Result), iterations.Count);
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

    // Lines that are lost from the end leave no gap; only the result knows of them.
    private static RunLogException? MissingLines(string log, string resultFile, int iterations)
    {
        if (!File.Exists(resultFile))
            return null;
        var committed = RunResult.FromJson(File.ReadAllBytes(resultFile), resultFile).Iterations;
        return iterations < committed
            ? new RunLogException(
                $"{log} ends after line {iterations + 1}, which is {iterations} iterations, and {resultFile} counts {committed}: lines are missing at its end.")
            : null;
    }
}
