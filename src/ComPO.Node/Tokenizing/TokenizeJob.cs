using System.Text.Json;
using System.Text.Json.Serialization;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Core.Wording;
using ComPO.Torch.Configuration;
using ComPO.Torch.Pairs;
using ComPO.Torch.Tokenizers;

namespace ComPO.Node.Tokenizing;

/// <summary>Shows what a model sees of a data file, without its weights.</summary>
/// <param name="output">Where pairs go.</param>
/// <param name="error">Where skipped rows are counted and named.</param>
internal sealed class TokenizeJob(TextWriter output, TextWriter error)
{
    /// <summary>Shows the pairs of a file in their order.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="file">The data file.</param>
    /// <param name="options">How conversations are rendered and where pairs are cut.</param>
    /// <param name="limit">The most pairs to show; null for all.</param>
    /// <param name="asJson">Token ids instead of text.</param>
    /// <param name="cancellation">Gives up between pairs.</param>
    /// <exception cref="ModelException">The folder has no tokenizer or chat template that can be used.</exception>
    /// <exception cref="PreferenceDataException">The file cannot be used.</exception>
    public void Run(string folder, string file, PairOptions options, int? limit, bool asJson, CancellationToken cancellation)
    {
        var tokenizer = new Lazy<ITextTokenizer>(() => TokenizerLoader.Load(folder));
        using var rows = new PreferenceFile(file, PairsOf(folder, tokenizer, options));
        var (shown, skipped) = (0, new SkippedRowTally());
        foreach (var candidate in rows.From(0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidate.Skipped is { } reason) skipped.Add(candidate.Row, reason);
            if (candidate.Pair is not { } pair) continue;
            if (asJson) output.WriteLine(JsonSerializer.Serialize(new TokenLine(pair.Row, pair.PromptIds, pair.ChosenIds, pair.RejectedIds)));
            else Show(pair, candidate, tokenizer.Value);
            if (++shown == limit) break;
        }
        foreach (var sentence in skipped.Sentences)
            error.WriteLine($"{file}: {sentence}");
    }

    // A text is shown as it was written: that of its ids may differ by a space. Where a text was cut only the ids tell what is left.
    private void Show(TokenizedPair pair, Candidate candidate, ITextTokenizer tokenizer)
    {
        var (cut, text) = (candidate.Cut, candidate.Text);
        var end = tokenizer.EosId is { } eos ? tokenizer.Spell([eos]) : "";
        output.WriteLine($"row {pair.Row}");
        Part("prompt", pair.PromptIds, cut.Prompt, "before", text?.Prompt);
        Part("chosen", pair.ChosenIds, cut.Chosen, "behind", text?.Chosen + end);
        Part("rejected", pair.RejectedIds, cut.Rejected, "behind", text?.Rejected + end);

        void Part(string name, int[] ids, int lost, string side, string? whole)
        {
            output.WriteLine($"--- {name}, {Units.Count(ids.Length, "token")}{(lost > 0 ? $", {lost} cut {side} them" : "")} ---");
            output.WriteLine(text is null || lost > 0 ? tokenizer.Spell(ids) : whole);
        }
    }

    // A folder that holds a tokenizer alone sets no limit.
    private static PairTokenizer PairsOf(string folder, Lazy<ITextTokenizer> tokenizer, PairOptions options)
    {
        var config = File.Exists(Path.Combine(folder, ModelConfigReader.FileName)) ? ModelConfigReader.Read(folder) : null;
        return ModelPairs.Tokenizer(folder, tokenizer, options, config?.ContextLength ?? int.MaxValue, config?.VocabularySize ?? int.MaxValue);
    }

    private sealed record TokenLine(
        [property: JsonPropertyName("row")] int Row,
        [property: JsonPropertyName("prompt_input_ids")] int[] PromptIds,
        [property: JsonPropertyName("chosen_input_ids")] int[] ChosenIds,
        [property: JsonPropertyName("rejected_input_ids")] int[] RejectedIds);
}
