using ComPO.Core.Errors;
using ComPO.Core.Runs;

namespace ComPO.Reports.Reading;

/// <summary>Reads what a run has left on disk, finished or not. A line that is damaged is named; a last one that a crash or the present moment cut off is not.</summary>
public static class RunFolderReader
{
    /// <summary>Reads a run.</summary>
    /// <param name="path">Its folder, or its <c>run.jsonl</c>.</param>
    /// <exception cref="RunLogException">There is no log, or a line of it is damaged or edited.</exception>
    public static LoggedRun Read(string path)
    {
        var log = Directory.Exists(path) ? Path.Combine(path, RunFiles.Log) : path;
        var folder = Path.GetDirectoryName(Path.GetFullPath(log))!;
        if (!File.Exists(log))
            throw new RunLogException($"--log {path} names no run: expected a run's folder, which has {RunFiles.Log}, or that file itself.");
        try
        {
            var (header, iterations, unfinished) = ReadLog(log);
            var (evaluations, unfinishedEvaluation) = ReadEvaluations(Path.Combine(folder, RunFiles.Evaluations));
            return new LoggedRun(path, header, iterations)
            {
                Evaluations = evaluations,
                Outcome = ReadOutcome(Path.Combine(folder, RunFiles.Result), header.Run),
                Notes = [.. new[] { unfinished, unfinishedEvaluation }.OfType<string>()],
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunLogException($"The run in {folder} cannot be read: {exception.Message}", exception);
        }
    }

    private static (RunHeader, IReadOnlyList<IterationRecord>, string?) ReadLog(string path)
    {
        using var stream = OpenShared(path);
        var log = RunLogReader.ReadSoFar(stream, path);
        try
        {
            // Reports name files after runs.
            _ = new RunId(log.Header.Run);
            return log;
        }
        catch (UsageException exception)
        {
            throw new RunLogException($"{path}, line 1 was edited: '{log.Header.Run}' cannot be the name of a run.", exception);
        }
    }

    private static (IReadOnlyList<Evaluation>, string?) ReadEvaluations(string path)
    {
        if (!File.Exists(path))
            return ([], null);
        using var stream = OpenShared(path);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var evaluations = new List<Evaluation>();
        for (var i = 0; i < lines.Length; i++)
        {
            try
            {
                evaluations.Add(Evaluation.FromJson(lines[i], $"{path}, line {i + 1}"));
            }
            catch (RunLogException) when (i == lines.Length - 1 && !text.EndsWith('\n'))
            {
                return (evaluations, $"{path}, line {i + 1} ends in the middle; it is left out.");
            }
        }
        return (evaluations, null);
    }

    private static RunOutcome? ReadOutcome(string path, string run)
    {
        if (!File.Exists(path))
            return null;
        using var stream = OpenShared(path);
        using var text = new MemoryStream();
        stream.CopyTo(text);
        var result = RunResult.FromJson(text.GetBuffer().AsSpan(0, (int)text.Length), path);
        return result.Run == run
            ? new RunOutcome(result.Outcome, result.Failure, result.Seconds, result.Model)
            : throw new RunLogException($"{path} is of run {result.Run}: expected run {run}, whose log lies beside it.");
    }

    // The run may be writing at this moment.
    private static FileStream OpenShared(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
