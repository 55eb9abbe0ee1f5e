using System.IO.Compression;
using System.Text.Json;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Pairs;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Models;
using ComPO.Torch.Tests.SeedOracle;
using Microsoft.ML.Tokenizers;
using TorchSharp;

namespace ComPO.Torch.Tests.ClosedForm;

/// <summary>
/// Pairs of real models: token-id pairs of the seed's runs on the small random Llama, and short human-written
/// pairs of hh-rlhf on stories260K, tokenized by the library itself.
/// </summary>
internal sealed class RealPairs
{
    private static readonly Lazy<RealPairs> LoadedLlama = new(() => Load("llama", [.. SeedData.Pairs, .. SeedData.CandidatePairs]));

    private static readonly Lazy<RealPairs> LoadedStories = new(() => Load("stories260K", Conversations()));

    private readonly (float[] HiddenStates, CompletionRows Rows)[] _pairs;

    private RealPairs(HeadWeights head, (float[], CompletionRows)[] pairs) => (Head, _pairs) = (head, pairs);

    /// <summary>The small random Llama with its 26 pairs.</summary>
    public static RealPairs Llama => LoadedLlama.Value;

    /// <summary>stories260K with ten conversations.</summary>
    public static RealPairs Stories => LoadedStories.Value;

    public HeadWeights Head { get; }

    /// <summary>The features of this model's pairs in one of the spaces, in a fixed order.</summary>
    public IEnumerable<PairFeatures> Features(PerturbationSpaceKind space) => _pairs.Select(pair =>
        PairFeatures.Create(pair.HiddenStates, pair.Rows.Targets, pair.Rows.ChosenCount, Head.Shape.HiddenSize, space));

    private static RealPairs Load(string name, IReadOnlyList<TokenizedPair> pairs)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model(name));
        using var model = ScoringModel.Open(checkpoint.Folder, torch.ScalarType.Float32, threads: 2);
        // One of the seed's candidates has the same answer twice: no oracle can prefer it.
        return new RealPairs(checkpoint.LoadHead(), [.. pairs.Where(pair => !pair.ChosenIds.SequenceEqual(pair.RejectedIds)).Select(pair =>
        {
            var rows = new CompletionRows(pair, checkpoint.Config.VocabularySize);
            return (model.HiddenStates(rows), rows);
        })]);
    }

    /// <summary>The first ten helpful-base rows whose answers have 8 to 45 tokens each and whose conversation fits the model.</summary>
    private static TokenizedPair[] Conversations()
    {
        using var vocabulary = File.OpenRead(Path.Combine(PublishedData.Model("stories260K"), "tok512.model"));
        var tokenizer = SentencePieceTokenizer.Create(vocabulary, addBeginningOfSentence: false, addEndOfSentence: false);
        using var file = File.OpenRead(Path.Combine(Repository.Data("prefs", "hh-rlhf", "helpful-base"), "test.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var pairs = new List<TokenizedPair>();
        for (var row = 0; pairs.Count < 10; row++)
        {
            using var json = JsonDocument.Parse(lines.ReadLine()!);
            var (prompt, chosen, rejected) = Split(json.RootElement);
            int[] ids(string text) => [.. tokenizer.EncodeToIds(text)];
            var pair = new TokenizedPair(row, [1, .. ids(prompt)], ids(chosen), ids(rejected));
            if (pair.ChosenIds.Length is >= 8 and <= 45 && pair.RejectedIds.Length is >= 8 and <= 45 && pair.PromptIds.Length < 450)
                pairs.Add(pair);
        }

        return [.. pairs];
    }

    private static (string Prompt, string Chosen, string Rejected) Split(JsonElement row)
    {
        const string turn = "\n\nAssistant:";
        var (chosen, rejected) = (row.GetProperty("chosen").GetString()!, row.GetProperty("rejected").GetString()!);
        var end = chosen.LastIndexOf(turn, StringComparison.Ordinal) + turn.Length;
        return rejected.StartsWith(chosen[..end], StringComparison.Ordinal) ? (chosen[..end], chosen[end..], rejected[end..]) : ("", "", "");
    }
}
