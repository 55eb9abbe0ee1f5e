using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ComPO.Core.Errors;
using ComPO.Core.Selection;
using ComPO.Node.Scoring;

namespace ComPO.Node.Commands;

/// <summary><c>score</c>: the log-probabilities of pairs under a model, without a cluster.</summary>
internal static class ScoreCommand
{
    private static readonly Option<string> Model = new("--model")
    {
        Description = "The Hugging Face folder of the model.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The preference pairs: JSON or JSON lines, plain or gzip, or Parquet; text, conversations or token ids.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<int?> Limit = new Option<int?>("--limit")
    {
        Description = "Score at most this many pairs [default: all].",
        HelpName = "N",
    }.InRange(1, int.MaxValue);

    private static readonly Option<double> NoiseThreshold = new Option<double>("--noise-threshold")
    {
        Description = "A pair is noisy if its log-probabilities differ by at most this.",
        HelpName = "D",
        DefaultValueFactory = _ => NoisyPairRule.PaperThreshold,
        CustomParser = ReadNats,
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object a pair, and a last one with the summary.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("score", "Print the log-probabilities of the chosen and rejected completions under a model.")
        {
            Model, Data, Limit, NoiseThreshold, DataTypeOption.Instance, ThreadsOption.Instance, Json,
        };
        PairOptionsOption.AddTo(command);
        command.SetAction(Run);
        return command;
    }

    private static Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        IScoreReport report = parsed.GetValue(Json) ? new JsonScoreReport(output) : new TableScoreReport(output, parsed.GetRequiredValue(Data));
        using var model = ScoredModel.Open(parsed.GetRequiredValue(Model), DataTypeOption.Read(parsed), ThreadsOption.Read(parsed));
        var tally = model.Score(
            parsed.GetRequiredValue(Data), PairOptionsOption.Read(parsed), parsed.GetValue(NoiseThreshold), parsed.GetValue(Limit), report.Add, cancellation);
        report.End(tally.Sum(), tally.Skipped);
        return Task.FromResult((int)ExitCode.Done);
    }

    private static double ReadNats(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!double.TryParse(text, CultureInfo.InvariantCulture, out var nats) || nats <= 0 || !double.IsFinite(nats))
            result.AddError($"Option --noise-threshold is '{text}'; expected a positive number of nats");
        return nats;
    }
}
