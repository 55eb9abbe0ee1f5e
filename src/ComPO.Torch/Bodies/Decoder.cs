using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using TorchSharp.Modules;
using static ComPO.Torch.Bodies.DecoderDescription;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// The forward pass of a pre-norm decoder: embedding, blocks of attention (grouped queries, rotary positions, causal) and gated
/// feed-forward, final norm, with what the family adds to that. It owns no numbers: parameters come in by name, so that the same pass serves a loaded model and one that is being trained.
/// </summary>
/// <remarks>
/// Follows the eager path of transformers operation by operation, but for the attention itself, which uses torch's fused
/// kernel where the family allows it: its memory grows with the length, not with its square.
/// </remarks>
public sealed class Decoder(DecoderDescription description)
{
    private readonly ModelConfig _config = description.Config;

    /// <summary>The head's input at every position.</summary>
    /// <param name="parameters">Every parameter of <see cref="DecoderDescription.Parameters"/>, all of one floating-point type and on one device.</param>
    /// <param name="ids">Token ids, [batch, n] int64, each below the vocabulary's size. A position sees only those before it, so padding goes to the right.</param>
    /// <param name="padded">The tokens of the longest sequence that these are computed together with, for rotary frequencies that follow the length; n when null.</param>
    /// <param name="embedded">The embedding's rows of the ids, [batch, n, d], where it is not among the parameters.</param>
    /// <returns>[batch, n, d] of the parameters' type, after the final norm.</returns>
    public Tensor HiddenStates(IReadOnlyDictionary<string, Tensor> parameters, Tensor ids, long? padded = null, Tensor? embedded = null) => Run(parameters, ids, padded, embedded, observed: null);

    /// <summary>
    /// The embeddings, then the output of each block but the last, then the output of the last after the final norm: [layers + 1, batch, n, d].
    /// </summary>
    /// <inheritdoc cref="HiddenStates" path="/param[@name!='padded']"/>
    public Tensor AllHiddenStates(IReadOnlyDictionary<string, Tensor> parameters, Tensor ids, Tensor? embedded = null)
    {
        using var scope = NewDisposeScope();
        var observed = new List<Tensor>();
        observed.Add(Run(parameters, ids, padded: null, embedded, observed));
        observed.RemoveAt(_config.LayerCount);
        return stack(observed).MoveToOuterDisposeScope();
    }

    private Tensor Run(IReadOnlyDictionary<string, Tensor> parameters, Tensor ids, long? padded, Tensor? embedded, List<Tensor>? observed)
    {
        using var scope = NewDisposeScope();
        var states = embedded is null
            ? parameters[Checkpoint.EmbeddingName].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], _config.HiddenSize)
            : embedded.alias();
        var (cosines, sines) = RotaryEmbedding.Angles(_config, ids.shape[1], padded ?? ids.shape[1], states.dtype, states.device);
        // The root is rounded to the type of the computation first, as in training.
        if (_config.Family.ScalesEmbedding) states = states * tensor(Math.Sqrt(_config.HiddenSize), states.dtype, states.device);
        for (var block = 0; block < _config.LayerCount; block++)
        {
            var next = Block(block, new BlockParameters(parameters, block), states, cosines, sines);
            if (observed is null) states.Dispose();
            else observed.Add(states.MoveToOuterDisposeScope());
            states = next;
        }
        observed?.Add(states);
        return Norm(states, parameters[FinalNorm]).MoveToOuterDisposeScope();
    }

    private Tensor Block(int index, BlockParameters block, Tensor states, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var attended = Attend(index, block, Norm(states, block[AttentionNorm]), cosines, sines);
        if (_config.Family.PostNorms) attended = Norm(attended, block[AttentionPostNorm]);
        attended = states + attended;

        var fed = FeedForward(block, Norm(attended, block[FeedForwardNorm(_config.Family)]));
        if (_config.Family.PostNorms) fed = Norm(fed, block[FeedForwardPostNorm]);
        return (attended + fed).MoveToOuterDisposeScope();
    }

    private Tensor Attend(int index, BlockParameters block, Tensor states, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var queries = SplitHeads(block.Project(Query, states), _config.HeadCount);
        var keys = SplitHeads(block.Project(Key, states), _config.KeyValueHeadCount);
        var values = SplitHeads(block.Project(Value, states), _config.KeyValueHeadCount);
        if (_config.Family.QueryKeyNorms) (queries, keys) = (Norm(queries, block[QueryNorm]), Norm(keys, block[KeyNorm]));

        var attended = CausalAttention.Apply(
            RotaryEmbedding.Rotate(queries, cosines, sines),
            ShareAmongQueries(RotaryEmbedding.Rotate(keys, cosines, sines)),
            ShareAmongQueries(values),
            _config.QueryScalar is { } scalar ? 1 / Math.Sqrt(scalar) : null,
            _config.AttentionSoftCap,
            _config.WindowOf(index));
        return block.Project(AttentionOutput, attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    private Tensor FeedForward(BlockParameters block, Tensor states)
    {
        using var scope = NewDisposeScope();
        return block.Project(Down, Activate(block.Project(Gate, states)) * block.Project(Up, states)).MoveToOuterDisposeScope();
    }

    /// <summary>The family's activation. Autograd wants one operation; without it the same bits come out for any number of threads.</summary>
    private Tensor Activate(Tensor states)
    {
        Tensor Function(Tensor piece, bool inPlace) => _config.Family.Activation == Activation.GeluTanh
            ? nn.functional.gelu(piece, GELU.Approximate.tanh, inPlace)
            : nn.functional.silu(piece, inPlace);
        return states.requires_grad ? Function(states, inPlace: false) : Undivided.Apply(states, piece => Function(piece, inPlace: true));
    }

    private Tensor Norm(Tensor states, Tensor weight) => RootMeanSquareNorm.Apply(_config, states, weight);

    /// <summary>[batch, n, heads · size] as [batch, heads, n, size].</summary>
    private Tensor SplitHeads(Tensor states, int heads) =>
        states.view(states.shape[0], states.shape[1], heads, _config.HeadSize).transpose(1, 2);

    /// <summary>Repeats each key or value head for the query heads that share it.</summary>
    private Tensor ShareAmongQueries(Tensor states) => _config.HeadCount == _config.KeyValueHeadCount
        ? states
        : states.repeat_interleave(_config.HeadCount / _config.KeyValueHeadCount, dim: 1);

    /// <summary>The parameters of one block by the names they have within it.</summary>
    private readonly struct BlockParameters(IReadOnlyDictionary<string, Tensor> parameters, int block)
    {
        private readonly IReadOnlyDictionary<string, Tensor> _parameters = parameters;
        private readonly int _block = block;

        public Tensor this[string part] => _parameters[InBlock(_block, part)];

        public Tensor Project(string part, Tensor states) => nn.functional.linear(
            states, this[$"{part}.weight"], _parameters.GetValueOrDefault(InBlock(_block, $"{part}.bias")));
    }
}
