namespace ComPO.Core.Runs;

/// <summary>The held-out pairs after some iterations: a line of <c>evaluations.jsonl</c>.</summary>
/// <param name="Committed">After how many iterations.</param>
/// <param name="Pairs">How many pairs.</param>
/// <param name="Chosen">Mean log-probability of the chosen answers, in nats.</param>
/// <param name="Rejected">Mean log-probability of the rejected answers, in nats.</param>
/// <param name="Margin">The mean of their difference, in nats.</param>
/// <param name="Accuracy">The share of pairs whose chosen answer is the likelier one.</param>
public sealed record Evaluation(int Committed, int Pairs, double Chosen, double Rejected, double Margin, double Accuracy)
{
    /// <summary>The line, without its end.</summary>
    public string ToJson() => RunJson.Write(this);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="where">What to call it in an error.</param>
    /// <exception cref="Errors.RunLogException">It is no such line.</exception>
    public static Evaluation FromJson(string line, string where) => RunJson.ReadLine<Evaluation>(line, where);
}
