using System.Globalization;
using System.Text.Json;
using ComPO.Core.Pairs;

namespace ComPO.Node.Scoring;

/// <summary>How <c>score</c> tells its results: each pair as it is scored, so that nothing is kept.</summary>
internal interface IScoreReport
{
    /// <summary>Tells of a pair.</summary>
    void Add(PairScore score);

    /// <summary>Ends the report.</summary>
    void End(ScoreSummary summary, SkippedRowTally skipped);
}

/// <summary>One JSON object a pair, then <c>{"summary":{…}}</c>; numbers have all the digits that give them back exactly.</summary>
internal sealed class JsonScoreReport(TextWriter output) : IScoreReport
{
    /// <inheritdoc/>
    public void Add(PairScore score) => output.WriteLine(JsonSerializer.Serialize(score, JsonSerializerOptions.Web));

    /// <inheritdoc/>
    public void End(ScoreSummary summary, SkippedRowTally skipped) => output.WriteLine(JsonSerializer.Serialize(new { summary }, JsonSerializerOptions.Web));
}

/// <summary>Lines in columns for people, and sentences.</summary>
/// <param name="output">Where they go.</param>
/// <param name="file">The data file, as skipped rows name it.</param>
internal sealed class TableScoreReport(TextWriter output, string file) : IScoreReport
{
    private bool _hasTitle;

    /// <inheritdoc/>
    public void Add(PairScore score)
    {
        if (!_hasTitle)
            Line("row", "log p(chosen)", "log p(rejected)", "margin", "noisy", "tokens: prompt", "chosen", "rejected");
        _hasTitle = true;
        Line(
            Count(score.Index), Nats(score.ChosenLogp), Nats(score.RejectedLogp), Nats(score.Margin), score.Noisy ? "noisy" : "",
            Count(score.PromptTokens), Count(score.ChosenTokens), Count(score.RejectedTokens));
    }

    /// <inheritdoc/>
    public void End(ScoreSummary summary, SkippedRowTally skipped)
    {
        if (summary is { Pairs: > 0, Chosen: { } chosen, Rejected: { } rejected, Margin: { } margin, Accuracy: { } accuracy, NoisyShare: { } noisy })
            output.WriteLine($"{summary.Pairs} pairs: mean log p(chosen) {Nats(chosen)}, mean log p(rejected) {Nats(rejected)}, mean margin {Nats(margin)}, "
                + $"accuracy {Share(accuracy)}, noisy {Share(noisy)}");
        else
            output.WriteLine("No pair could be scored.");
        Lengths("prompts", summary.PromptTokens);
        Lengths("chosen completions", summary.ChosenTokens);
        Lengths("rejected completions", summary.RejectedTokens);
        foreach (var sentence in skipped.Sentences)
            output.WriteLine($"{file}: {sentence}");
    }

    private void Lengths(string parts, LengthStatistics? tokens)
    {
        if (tokens is not null)
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Tokens of {parts}: {tokens.Min} to {tokens.Max}, median {tokens.Median}, mean {tokens.Mean:0.0}"));
    }

    private void Line(string row, string chosen, string rejected, string margin, string noisy, string promptTokens, string chosenTokens, string rejectedTokens) =>
        output.WriteLine($"{row,8}{chosen,15}{rejected,17}{margin,12}{noisy,7}{promptTokens,16}{chosenTokens,8}{rejectedTokens,10}");

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Nats(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0.0 %", CultureInfo.InvariantCulture);
}
