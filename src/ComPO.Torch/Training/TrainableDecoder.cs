using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ComPO.Torch.Training;

/// <summary>
/// A decoder with trainable float32 parameters, under the tensor names of Hugging Face checkpoints. Its
/// forward pass is the very one that later scores and probes what was trained.
/// </summary>
internal sealed class TrainableDecoder : IDisposable
{
    private readonly Decoder _decoder;
    private readonly Dictionary<string, Parameter> _parameters;
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly string _head;

    public TrainableDecoder(ModelConfig config, uint seed)
    {
        var description = DecoderDescription.Of(config);
        _decoder = new Decoder(description);
        _parameters = InitialWeights.Create(description, seed);
        _tensors = _parameters.ToDictionary(parameter => parameter.Key, Tensor (parameter) => parameter.Value);
        _head = config.TiesEmbeddings ? Checkpoint.EmbeddingName : Checkpoint.UntiedHeadName;
    }

    /// <summary>The parameters by tensor name, in the order of the model.</summary>
    public IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    /// <summary>Next-token logits [batch, length, V] float32 of ids [batch, length] int64.</summary>
    public Tensor Logits(Tensor ids)
    {
        using var states = _decoder.HiddenStates(_tensors, ids);
        return functional.linear(states, _parameters[_head]);
    }

    /// <summary>Takes the parameters of another decoder of the same shape.</summary>
    public void CopyFrom(TrainableDecoder other)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        foreach (var (name, parameter) in _parameters)
            parameter.copy_(other._parameters[name]);
    }

    /// <summary>Forgets the gradients.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in _parameters.Values)
        {
            using var gradient = parameter.grad;
            gradient?.zero_();
        }
    }

    /// <summary>Adds the gradients of another decoder of the same shape to these.</summary>
    public void AddGradients(TrainableDecoder other)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        foreach (var (name, parameter) in _parameters)
        {
            if (other._parameters[name].grad is { } gradient)
                parameter.grad!.add_(gradient);
        }
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters.Values)
            parameter.Dispose();
    }
}
