using System.Globalization;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;

namespace ComPO.Core.Replay;

/// <summary>Compares what a line of a run log says with what was rebuilt, and names the line where the two differ.</summary>
/// <param name="log">What to call the log.</param>
/// <param name="record">The line.</param>
/// <param name="hint">What else may explain a difference; empty for nothing.</param>
internal sealed class RecordCheck(string log, IterationRecord record, string hint)
{
    /// <summary>What to call the line.</summary>
    public string Where { get; } = $"{log}, line {record.Iteration + 2}";

    /// <summary>Refuses a value that is not the rebuilt one.</summary>
    /// <exception cref="RunLogException">The two differ.</exception>
    public void Equal<T>(string member, T said, T rebuilt)
    {
        if (!EqualityComparer<T>.Default.Equals(said, rebuilt))
            throw new RunLogException(
                $"{Where} says that {member} is {Text(said)}, but its features and outcomes under the settings of line 1 give {Text(rebuilt)}: "
                + $"that line or line 1 was edited{hint}.");
    }

    /// <summary>Refuses a line whose gate refused, yet which speaks of an update, or lets the log-probabilities change.</summary>
    /// <exception cref="RunLogException">It does.</exception>
    public void SpeaksOfNoUpdate()
    {
        Equal("norm", record.Norm, null);
        Equal("threshold", record.Threshold, null);
        Equal("nonzero", record.Nonzero, null);
        Equal("scale", record.Scale, null);
        Equal("accepted", record.Accepted, null);
        Equal("after", record.After, record.Before);
    }

    /// <summary>Refuses a line about another update than the rebuilt one, or whose verdict is not what its line search says.</summary>
    /// <exception cref="RunLogException">Something differs.</exception>
    public void SpeaksOf(RebuiltUpdate rebuilt, double scale)
    {
        Equal("norm", record.Norm, rebuilt.Norm);
        Equal("threshold", record.Threshold, rebuilt.Threshold);
        Equal("nonzero", record.Nonzero, rebuilt.Update.Count);
        Equal("scale", record.Scale, scale);
        if (record.LineSearch is not { } table || !table.Select(point => point.Step).SequenceEqual(LineSearch.Steps.ToArray()))
            throw new RunLogException($"{Where} has no line search over the steps {string.Join(", ", LineSearch.Steps.ToArray().Select(Text))}: it was edited.");
        Equal("accepted", record.Accepted, LineSearch.IsAccepted([.. table]));
        if (record.Accepted == false)
            Equal("after", record.After, record.Before);
    }

    /// <summary>Refuses a line that says other things of the model's log-probabilities than the model does.</summary>
    /// <exception cref="RunLogException">It does.</exception>
    public void SpeaksOf(PairLogProbabilities before, double predicted)
    {
        Equal("before", record.Before, before);
        Equal("predicted", record.Predicted, predicted);
    }

    /// <summary>Refuses a line about a passed gate that says other things of what its update does than the model does.</summary>
    /// <param name="rebuilt">The update.</param>
    /// <param name="change">The first-order change that it makes.</param>
    /// <param name="walked">The log-probabilities along it, at the steps of the line search and at its own scale.</param>
    /// <exception cref="RunLogException">It does.</exception>
    public void SpeaksOf(RebuiltUpdate rebuilt, PairLogProbabilities change, ReadOnlySpan<PairLogProbabilities> walked)
    {
        Equal("alignment", record.Alignment, rebuilt.Alignment);
        Equal("predictedChange", record.PredictedChange, change);
        foreach (var (said, seen) in record.LineSearch!.Zip(LineSearch.Table(walked[..^1])))
            Equal($"lineSearch at step {Text(seen.Step)}", said, seen);
        if (record.Accepted == true)
            Equal("after", record.After, walked[^1]);
    }

    private static string Text<T>(T value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
