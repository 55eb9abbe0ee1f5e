namespace ComPO.Core.Runs;

/// <summary>A row of the data that was left out: a line of <c>skipped.jsonl</c>.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Reason">Why, in camelCase.</param>
public sealed record SkippedRowLine(int Row, string Reason)
{
    /// <summary>The line, without its end.</summary>
    public string ToJson() => RunJson.Write(this);
}
