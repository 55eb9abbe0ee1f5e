using System.CommandLine;
using ComPO.Core.Pairs;
using ComPO.Torch.ChatTemplates;

namespace ComPO.Node.Commands;

/// <summary>The options that say how rows of preference data become pairs, on the commands that read such data without a cluster.</summary>
internal static class PairOptionsOption
{
    private static readonly Option<string?> ChatTemplate = new Option<string?>("--chat-template")
    {
        Description = "How conversations are written: mistral, llama-3, gemma, chatml, or none for plain text [default: the model's own].",
        HelpName = "NAME",
    }.AcceptingOnly([.. ChatTemplateLoader.Names]);

    private static readonly Option<int> MaxPromptLength = new Option<int>("--max-prompt-length")
    {
        Description = "Keep at most this many tokens of a prompt, the last ones.",
        HelpName = "L",
        DefaultValueFactory = _ => PairOptions.Default.MaxPromptLength,
    }.InRange(1, int.MaxValue);

    private static readonly Option<int> MaxCompletionLength = new Option<int>("--max-completion-length")
    {
        Description = "Keep at most this many tokens of an answer, the first ones.",
        HelpName = "L",
        DefaultValueFactory = _ => PairOptions.Default.MaxCompletionLength,
    }.InRange(1, int.MaxValue);

    private static readonly Option<int?> MaxLength = new Option<int?>("--max-length")
    {
        Description = "Skip and count pairs longer than this many tokens [default: the model's context].",
        HelpName = "L",
    }.InRange(2, int.MaxValue);

    /// <summary>Puts them on a command.</summary>
    public static void AddTo(Command command)
    {
        command.Options.Add(ChatTemplate);
        command.Options.Add(MaxPromptLength);
        command.Options.Add(MaxCompletionLength);
        command.Options.Add(MaxLength);
    }

    /// <summary>What the user gave.</summary>
    public static PairOptions Read(ParseResult parsed) => new()
    {
        ChatTemplate = parsed.GetValue(ChatTemplate),
        MaxPromptLength = parsed.GetValue(MaxPromptLength),
        MaxCompletionLength = parsed.GetValue(MaxCompletionLength),
        MaxLength = parsed.GetValue(MaxLength),
    };
}
