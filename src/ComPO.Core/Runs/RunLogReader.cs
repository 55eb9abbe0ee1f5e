using ComPO.Core.Errors;
using ComPO.Core.Oracle;

namespace ComPO.Core.Runs;

/// <summary>Reads a run log and names its first bad line.</summary>
public static class RunLogReader
{
    /// <summary>The header and the iterations of a log, checked against each other as they are read.</summary>
    /// <param name="log">UTF-8 text: the header, then a line an iteration.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <exception cref="RunLogException">A line is truncated, edited or out of place.</exception>
    public static (RunHeader Header, IReadOnlyList<IterationRecord> Iterations) Read(Stream log, string name)
    {
        var (header, iterations, _) = Read(log, name, isUnfinished: (_, _) => false);
        return (header, iterations);
    }

    /// <summary>
    /// The same of a log that may still be written, or whose writer was killed: a last line without its end, which cannot be read, is left out.
    /// </summary>
    /// <param name="log">UTF-8 text that can be sought in.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <returns>Also a sentence about the line that was left out; null when none was.</returns>
    /// <exception cref="RunLogException">Another line is truncated, edited or out of place, or the header is missing.</exception>
    public static (RunHeader Header, IReadOnlyList<IterationRecord> Iterations, string? Unfinished) ReadSoFar(Stream log, string name) =>
        Read(log, name, (reader, stream) => reader.Peek() < 0 && !EndsWithLine(stream));

    /// <summary>The same of a log whose good lines are to be gone through before its first bad one is told of.</summary>
    /// <param name="log">UTF-8 text.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <returns>Also what is wrong with the line behind these; null when there is none.</returns>
    /// <exception cref="RunLogException">The header is missing, truncated or edited.</exception>
    public static (RunHeader Header, IReadOnlyList<IterationRecord> Iterations, RunLogException? FirstBad) ReadGood(Stream log, string name)
    {
        using var reader = new StreamReader(log, leaveOpen: true);
        var header = ReadHeader(reader, name);
        var iterations = new List<IterationRecord>();
        try
        {
            while (reader.ReadLine() is { } line)
            {
                var where = $"{name}, line {iterations.Count + 2}";
                var record = IterationRecord.FromJson(line, where);
                Check(record, iterations.Count, header.Settings, where);
                iterations.Add(record);
            }
            return (header, iterations, null);
        }
        catch (RunLogException bad)
        {
            return (header, iterations, bad);
        }
    }

    private static (RunHeader Header, IReadOnlyList<IterationRecord> Iterations, string? Unfinished) Read(
        Stream log, string name, Func<StreamReader, Stream, bool> isUnfinished)
    {
        using var reader = new StreamReader(log, leaveOpen: true);
        var header = ReadHeader(reader, name);
        var iterations = new List<IterationRecord>();
        while (reader.ReadLine() is { } line)
        {
            var where = $"{name}, line {iterations.Count + 2}";
            IterationRecord record;
            try
            {
                record = IterationRecord.FromJson(line, where);
            }
            catch (RunLogException) when (isUnfinished(reader, log))
            {
                return (header, iterations, $"{where} ends in the middle, as after a crash or while it is being written; it is left out.");
            }
            Check(record, iterations.Count, header.Settings, where);
            iterations.Add(record);
        }
        return (header, iterations, null);
    }

    private static bool EndsWithLine(Stream log)
    {
        log.Seek(-1, SeekOrigin.End);
        return log.ReadByte() == '\n';
    }

    private static RunHeader ReadHeader(StreamReader reader, string name)
    {
        var where = $"{name}, line 1";
        var header = RunHeader.FromJson(reader.ReadLine() ?? throw new RunLogException($"{name} is empty: expected a run log."), where);
        try
        {
            header.Settings.Validate();
            return header;
        }
        catch (UsageException e)
        {
            throw new RunLogException($"{where} has settings that no run has: {e.Message}", e);
        }
    }

    private static void Check(IterationRecord record, int expected, RunSettings settings, string where)
    {
        if (record.Iteration != expected)
            throw new RunLogException($"{where} is iteration {record.Iteration}: expected iteration {expected}.");
        if (record.Perturbations != settings.Perturbations)
            throw new RunLogException($"{where} has {record.Perturbations} perturbations: expected {settings.Perturbations}, as the settings say.");
        if ((record.Outcomes is null) != (settings.Estimator == Estimator.Exact))
            throw new RunLogException($"{where} must have outcomes exactly when the estimator draws perturbations.");
        if (record.Outcomes is not { } outcomes)
            return;
        try
        {
            var improved = OutcomeBits.FromBase64(outcomes, record.Perturbations).CountImproved();
            if (improved != record.Improved)
                throw new RunLogException($"{where} says that {record.Improved} perturbations improved; its outcomes say {improved}.");
        }
        catch (FormatException e)
        {
            throw new RunLogException($"{where} has outcomes that cannot be read: {e.Message}", e);
        }
    }
}
