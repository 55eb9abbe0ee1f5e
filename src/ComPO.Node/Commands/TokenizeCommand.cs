using System.CommandLine;
using ComPO.Core.Errors;
using ComPO.Node.Tokenizing;

namespace ComPO.Node.Commands;

/// <summary><c>tokenize</c>: what a model sees of preference pairs, without its weights.</summary>
internal static class TokenizeCommand
{
    private static readonly Option<string> Model = new("--model")
    {
        Description = "The Hugging Face folder of the model; its weights are not needed.",
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
        Description = "Show at most this many pairs [default: all].",
        HelpName = "N",
    }.InRange(1, int.MaxValue);

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object a pair, with its token ids.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("tokenize", "Show what a model sees of preference pairs.") { Model, Data, Limit, Json };
        PairOptionsOption.AddTo(command);
        command.SetAction(Run);
        return command;
    }

    private static Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        new TokenizeJob(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error).Run(
            parsed.GetRequiredValue(Model), parsed.GetRequiredValue(Data), PairOptionsOption.Read(parsed), parsed.GetValue(Limit), parsed.GetValue(Json), cancellation);
        return Task.FromResult((int)ExitCode.Done);
    }
}
