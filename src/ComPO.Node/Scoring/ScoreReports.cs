using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace ComPO.Node.Scoring;

/// <summary>How <c>score</c> tells its results.</summary>
internal interface IScoreReport
{
    /// <summary>Tells of a pair.</summary>
    void Add(PairScore score);

    /// <summary>Ends the report.</summary>
    void End(ScoreSummary summary);
}

/// <summary>One JSON object a pair as it is scored, then <c>{"summary":{…}}</c>; numbers have all the digits that give them back exactly.</summary>
internal sealed class JsonScoreReport(TextWriter output) : IScoreReport
{
    /// <inheritdoc/>
    public void Add(PairScore score) => output.WriteLine(JsonSerializer.Serialize(score, JsonSerializerOptions.Web));

    /// <inheritdoc/>
    public void End(ScoreSummary summary) => output.WriteLine(JsonSerializer.Serialize(new { summary }, JsonSerializerOptions.Web));
}

/// <summary>A table for people.</summary>
internal sealed class TableScoreReport(TextWriter output) : IScoreReport
{
    private readonly Table _table = new Table().Border(TableBorder.Rounded)
        .AddColumns(Right("row"), Right("log p(chosen)"), Right("log p(rejected)"), Right("margin"), Right("chosen tokens"), Right("rejected tokens"));

    /// <inheritdoc/>
    public void Add(PairScore score) => _table.AddRow(
        Count(score.Index), Nats(score.ChosenLogp), Nats(score.RejectedLogp), Nats(score.Margin), Count(score.ChosenTokens), Count(score.RejectedTokens));

    /// <inheritdoc/>
    public void End(ScoreSummary summary)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Write(_table);
        output.WriteLine(summary is { Pairs: > 0, Chosen: { } chosen, Rejected: { } rejected, Margin: { } margin, Accuracy: { } accuracy }
            ? $"{summary.Pairs} pairs: mean log p(chosen) {Nats(chosen)}, mean log p(rejected) {Nats(rejected)}, mean margin {Nats(margin)}, "
                + $"accuracy {accuracy.ToString("0.0 %", CultureInfo.InvariantCulture)}"
            : "No pair could be scored.");
        foreach (var (reason, rows) in summary.Skipped)
            output.WriteLine($"{rows} rows skipped: {reason}");
    }

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Nats(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
