using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;
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
    /// <param name="threads">Threads to compute on.</param>
    /// <exception cref="ModelException">The folder is missing, damaged or not supported.</exception>
    public static ScoredModel Open(string folder, torch.ScalarType? dtype, int threads) =>
        new(ScoringModel.Open(folder, dtype, threads), folder);

    /// <summary>Scores the pairs of a file in their order, and keeps none of them.</summary>
    /// <param name="file">The data file.</param>
    /// <param name="options">How conversations are rendered and where pairs are cut.</param>
    /// <param name="noiseThreshold">δ, in nats: a pair is noisy when its margin is at most this, either way.</param>
    /// <param name="limit">The most pairs to score; null for all.</param>
    /// <param name="scored">Told of each pair as it is scored.</param>
    /// <param name="cancellation">Gives up between pairs.</param>
    /// <exception cref="PreferenceDataException">The file cannot be used.</exception>
    /// <exception cref="ModelException">The model has no tokenizer that can be used, or gives a pair no finite log-probability.</exception>
    public ScoreTally Score(string file, PairOptions options, double noiseThreshold, int? limit, Action<PairScore> scored, CancellationToken cancellation)
    {
        var pairs = ModelPairs.Tokenizer(_folder, _tokenizer, options, _model.Config.ContextLength, _model.Config.VocabularySize);
        using var candidates = new PreferenceFile(file, pairs);
        var (rule, tally) = (new NoisyPairRule(PairRule.Reference, noiseThreshold), new ScoreTally());
        foreach (var candidate in candidates.From(0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidate.Skipped is { } reason)
                tally.Skipped.Add(candidate.Row, reason);
            if (candidate.Pair is not { } pair)
                continue;
            var score = Score(pair, rule, file);
            tally.Add(score);
            scored(score);
            if (tally.Pairs == limit)
                break;
        }
        return tally;
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private PairScore Score(TokenizedPair pair, NoisyPairRule rule, string file)
    {
        var seen = _model.Score(pair);
        return double.IsFinite(seen.Margin)
            ? new PairScore(
                pair.Row, seen.Chosen, seen.Rejected, pair.ChosenIds.Length, pair.RejectedIds.Length, pair.PromptIds.Length, seen.Margin, rule.IsNoisy(seen))
            : throw new ModelException(
                $"{file}, row {pair.Row} has the log-probabilities {seen.Chosen} and {seen.Rejected} under the model {_folder}, which are not finite; try a wider --dtype, or look for damaged weights.");
    }
}
