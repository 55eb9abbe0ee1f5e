using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// Everything of a language model below its head, loaded and frozen: token ids in, the head's input out.
/// Several threads may use one at a time each; it computes without gradients.
/// </summary>
public sealed class DecoderBody : IDisposable
{
    private readonly Decoder _decoder;
    private readonly IReadOnlyDictionary<string, Tensor> _parameters;
    private readonly StoredMatrix? _embedding;

    /// <summary>Wraps parameters, which it disposes of in the end.</summary>
    /// <param name="description">The model the parameters are of.</param>
    /// <param name="parameters">Every parameter the description names, of one floating-point type and on one device, outside any dispose scope.</param>
    public DecoderBody(DecoderDescription description, IReadOnlyDictionary<string, Tensor> parameters)
        : this(description, parameters, embedding: null)
    {
    }

    private DecoderBody(DecoderDescription description, IReadOnlyDictionary<string, Tensor> parameters, StoredMatrix? embedding)
    {
        (Config, _decoder, _parameters, _embedding) = (description.Config, new Decoder(description), parameters, embedding);
        var norm = parameters[DecoderDescription.FinalNorm];
        (Dtype, Device) = (norm.dtype, norm.device);
    }

    /// <summary>Sizes and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>The type it computes in.</summary>
    public ScalarType Dtype { get; }

    /// <summary>The device it computes on.</summary>
    public Device Device { get; }

    /// <summary>The bytes its parameters occupy; the embedding's none where it stays in its file.</summary>
    public long MemoryBytes => _parameters.Values.Sum(parameter => parameter.numel() * parameter.element_size());

    /// <summary>The digest of all parameters as they are held: names, type, shapes and bits. Reads all of them once.</summary>
    public Digest ComputeDigest()
    {
        var digest = new DigestBuilder();
        if (_embedding is not null) TensorDigest.Add(digest, Checkpoint.EmbeddingName, _embedding);
        foreach (var (name, tensor) in _parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
            TensorDigest.Add(digest, name, tensor);
        return digest.Finish();
    }

    /// <summary>Loads a body.</summary>
    /// <param name="checkpoint">The model; may be closed afterwards.</param>
    /// <param name="dtype">The type to compute in; the checkpoint's own when null.</param>
    /// <param name="device">The device to compute on; the CPU when null.</param>
    /// <param name="leavesEmbedding">Whether the embedding stays in its file, from which the rows of a sequence are read when they are wanted.</param>
    /// <exception cref="ModelException">A parameter is missing, has another shape than the configuration asks for, is not finite, or is none of this architecture.</exception>
    public static DecoderBody Load(Checkpoint checkpoint, ScalarType? dtype = null, Device? device = null, bool leavesEmbedding = false)
    {
        var description = DecoderDescription.Of(checkpoint.Config);
        foreach (var (name, shape) in description.Parameters) checkpoint.CheckShape(name, shape);
        RefuseUnknown(checkpoint, description);

        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        StoredMatrix? embedding = null;
        try
        {
            if (leavesEmbedding) embedding = checkpoint.OpenMatrix(Checkpoint.EmbeddingName, dtype ?? checkpoint.Dtype);
            foreach (var (name, _) in description.Parameters)
            {
                if (leavesEmbedding && name == Checkpoint.EmbeddingName) continue;
                using var scope = NewDisposeScope();
                parameters[name] = checkpoint.Load(name, dtype ?? checkpoint.Dtype).to(device ?? CPU).DetachFromDisposeScope();
            }
            return new DecoderBody(description, parameters, embedding);
        }
        catch
        {
            embedding?.Dispose();
            foreach (var parameter in parameters.Values) parameter.Dispose();
            throw;
        }
    }

    /// <summary>The head's input at each position of one sequence: [n, d] of <see cref="Dtype"/> on <see cref="Device"/>, after the final norm.</summary>
    /// <param name="ids">Its token ids.</param>
    /// <param name="padded">The tokens of the longest sequence that it is computed together with, for rotary frequencies that follow the length; its own when null.</param>
    /// <exception cref="ArgumentException">The sequence is empty, or an id is not below the vocabulary's size.</exception>
    public Tensor HiddenStates(ReadOnlySpan<long> ids, long? padded = null)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return _decoder.HiddenStates(_parameters, BatchOfOne(ids), padded, Embedded(ids)).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>The states after the embedding and after each block, the last after the final norm: [layers + 1, n, d].</summary>
    /// <exception cref="ArgumentException">The sequence is empty, or an id is not below the vocabulary's size.</exception>
    public Tensor AllHiddenStates(ReadOnlySpan<long> ids)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return _decoder.AllHiddenStates(_parameters, BatchOfOne(ids), Embedded(ids)).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        _embedding?.Dispose();
        foreach (var parameter in _parameters.Values) parameter.Dispose();
    }

    /// <summary>A tensor that would be passed over means that the model is not the one that its configuration describes: it has biases, say, or is quantized.</summary>
    private static void RefuseUnknown(Checkpoint checkpoint, DecoderDescription description)
    {
        var known = description.Parameters.Select(parameter => parameter.Name).Append(Checkpoint.UntiedHeadName).ToHashSet(StringComparer.Ordinal);
        foreach (var name in checkpoint.Tensors.Keys)
            // Old versions of transformers stored the rotary frequencies, which follow from the configuration.
            if (!known.Contains(name) && !name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
                throw new ModelException(
                    $"The model in {checkpoint.Folder} has a tensor {name}, which is not part of a {checkpoint.Config.Architecture} as its config.json describes it.");
    }

    private Tensor? Embedded(ReadOnlySpan<long> ids) => _embedding?.Rows(ids).to(Dtype).to(Device).unsqueeze(0);

    private Tensor BatchOfOne(ReadOnlySpan<long> ids)
    {
        if (ids.IsEmpty) throw new ArgumentException("A sequence of no tokens has no hidden states.", nameof(ids));
        foreach (var id in ids)
            if ((ulong)id >= (ulong)Config.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(ids), $"The token id {id} is not in the model's vocabulary of {Config.VocabularySize}.");
        return tensor(ids.ToArray(), device: Device).unsqueeze(0);
    }
}
