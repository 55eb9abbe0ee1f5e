using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Models;
using ComPO.Torch.Pairs;
using ComPO.Torch.Tokenizers;
using TorchSharp;

namespace ComPO.Node.Scoring;

/// <summary>A model whose log-probabilities of preference pairs are wanted.</summary>
internal sealed class ScoredModel : IDisposable
{
    private readonly ScoringModel _model;
    private readonly string _folder;
    private readonly Lazy<ITextTokenizer> _tokenizer;

    private ScoredModel(ScoringModel model, string folder) =>
        (_model, _folder, _tokenizer) = (model, folder, new Lazy<ITextTokenizer>(() => TokenizerLoader.Load(folder)));

    /// <summary>Loads the model of a Hugging Face folder; its tokenizer is looked for when the first row of text comes.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The type of the layers below the head; null for the checkpoint's.</param>
    /// <exception cref="ModelException">The folder is missing, damaged or not supported.</exception>
    public static ScoredModel Open(string folder, torch.ScalarType? dtype) =>
        new(ScoringModel.Open(folder, dtype, Environment.ProcessorCount), folder);

    /// <summary>Scores the pairs of a file in their order.</summary>
    /// <param name="file">The data file.</param>
    /// <param name="options">How conversations are rendered and where pairs are cut.</param>
    /// <param name="limit">The most pairs to score; null for all.</param>
    /// <param name="scored">Told of each pair as it is scored.</param>
    /// <param name="cancellation">Gives up between pairs.</param>
    /// <exception cref="PreferenceDataException">The file cannot be used, or has no pair.</exception>
    public ScoreSummary Score(string file, PairOptions options, int? limit, Action<PairScore> scored, CancellationToken cancellation)
    {
        using var candidates = new PreferenceFile(file, ModelPairs.Tokenizer(_folder, _tokenizer, options, _model.Config.ContextLength));
        var (scores, skipped) = (new List<PairScore>(), new SortedDictionary<string, int>(StringComparer.Ordinal));
        foreach (var candidate in candidates.From(0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidate.Pair is { } pair)
            {
                scores.Add(Score(pair, file));
                scored(scores[^1]);
            }
            else if (candidate.Skipped is { } reason)
            {
                var name = JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());
                skipped[name] = skipped.GetValueOrDefault(name) + 1;
            }
            if (scores.Count == limit)
                break;
        }
        return ScoreSummary.Of(scores, skipped);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private PairScore Score(TokenizedPair pair, string file)
    {
        try
        {
            var logProbabilities = _model.Score(pair);
            return new PairScore(pair.Row, logProbabilities.Chosen, logProbabilities.Rejected, pair.ChosenIds.Length, pair.RejectedIds.Length);
        }
        catch (PreferenceDataException cause)
        {
            throw new PreferenceDataException($"{file}: {cause.Message}", cause);
        }
    }
}
