using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Safetensors;
using ComPO.Torch.Configuration;
using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Torch.Checkpoints;

/// <summary>A Hugging Face model folder, opened for reading: its configuration, and its weights by name. Opening reads no weights.</summary>
public sealed class Checkpoint : IDisposable
{
    /// <summary>The name of the tensor of a head that is not the embedding.</summary>
    public const string UntiedHeadName = "lm_head.weight";

    /// <summary>The name of the embedding, which is also the head where the two are tied.</summary>
    public const string EmbeddingName = "model.embed_tokens.weight";

    private const int CopyBufferBytes = 1 << 20;

    private readonly WeightsFolder _weights;

    private Checkpoint(ModelConfig config, WeightsFolder weights) => (Config, _weights) = (config, weights);

    /// <summary>The folder, as a full path.</summary>
    public string Folder => _weights.Folder;

    /// <summary>What config.json says.</summary>
    public ModelConfig Config { get; }

    /// <summary>Every tensor of the weights files.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _weights.Tensors;

    /// <summary>Whether the head is the embedding.</summary>
    public bool TiesHead => Config.TiesEmbeddings;

    /// <summary>The tensor that is the head, [V, d].</summary>
    public string HeadTensorName => TiesHead ? EmbeddingName : UntiedHeadName;

    /// <summary>The head's size.</summary>
    public HeadShape HeadShape => new(Config.VocabularySize, Config.HiddenSize);

    /// <summary>The type in which the head is stored.</summary>
    public TensorType HeadType => _weights.Find(HeadTensorName).Entry.Type;

    /// <summary>The type in which the body is meant to be computed: what config.json says, else the type of the embedding.</summary>
    public ScalarType Dtype => Config.Dtype ?? TorchType(_weights.Find(EmbeddingName).Entry);

    /// <summary>Opens a model folder and checks its configuration, its files, and that its head is there with the right shape.</summary>
    /// <exception cref="ModelException">Something is missing, damaged or not supported.</exception>
    /// <exception cref="UnsupportedSystemException">libtorch does not load on this system.</exception>
    public static Checkpoint Open(string folder)
    {
        Libtorch.EnsureLoaded();
        folder = Path.GetFullPath(folder);
        var config = ModelConfigReader.Read(folder);
        var checkpoint = new Checkpoint(config, WeightsFolder.Open(folder));
        try
        {
            checkpoint.CheckShape(checkpoint.HeadTensorName, [config.VocabularySize, config.HiddenSize]);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Checks that a tensor is there, of that shape and of floating-point numbers.</summary>
    /// <exception cref="ModelException">It is not.</exception>
    public void CheckShape(string name, ReadOnlySpan<long> shape)
    {
        var (file, entry) = _weights.Find(name);
        if (!shape.SequenceEqual(entry.Shape))
            throw new ModelException($"{file.Path}: tensor {name} has the shape [{string.Join(", ", entry.Shape)}], and config.json asks for [{string.Join(", ", shape.ToArray())}].");
        if (entry.Type is not (TensorType.Float64 or TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16))
            throw new ModelException($"{file.Path}: tensor {name} is of type {entry.Type.Code()}; floating-point weights are expected.");
    }

    /// <summary>A tensor of the weights on the CPU, of its stored shape, as <paramref name="dtype"/> or as its stored type.</summary>
    /// <exception cref="ModelException">There is no such tensor, or one of its entries is not a finite number.</exception>
    public Tensor Load(string name, ScalarType? dtype = null)
    {
        var (file, entry) = _weights.Find(name);
        using var scope = NewDisposeScope();
        var stored = empty(entry.Shape, TorchType(entry));
        using (var bytes = file.OpenTensor(entry)) stored.ReadBytesFromStream(bytes, CopyBufferBytes);
        if (stored.is_floating_point() && !IsFinite(stored)) throw NotFinite(file, name);
        return stored.to(dtype ?? stored.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>A floating-point tensor as float32, row-major, without torch; rounded to nearest when it is stored as float64.</summary>
    /// <exception cref="ModelException">There is no such tensor, it is not of floating-point numbers, has more entries than an array, or one is not finite.</exception>
    public float[] LoadFloat32(string name)
    {
        var (file, entry) = _weights.Find(name);
        CheckShape(name, entry.Shape);
        if (entry.ElementCount > Array.MaxLength)
            throw new ModelException($"{file.Path}: tensor {name} has {entry.ElementCount} entries, more than can be held at once.");
        using var bytes = file.OpenTensor(entry);
        var values = Float32Decoder.Read(bytes, entry.Type, (int)entry.ElementCount);
        foreach (var value in values)
            if (!float.IsFinite(value))
                throw NotFinite(file, name);
        return values;
    }

    /// <summary>The head as a float32 master copy.</summary>
    /// <exception cref="ModelException">As <see cref="LoadFloat32"/>.</exception>
    public HeadWeights LoadHead() => new(HeadShape, LoadFloat32(HeadTensorName));

    /// <summary>Closes the files; tensors that were loaded stay.</summary>
    public void Dispose() => _weights.Dispose();

    /// <summary>The head's bytes as they are stored.</summary>
    internal Stream OpenHead()
    {
        var (file, entry) = _weights.Find(HeadTensorName);
        return file.OpenTensor(entry);
    }

    internal ShardIndex? Index => _weights.Index;

    internal IReadOnlyList<WeightsFile> Files => _weights.Files;

    private static ModelException NotFinite(WeightsFile file, string name) =>
        new($"{file.Path}: tensor {name} has entries that are NaN or infinite; the file is damaged or was trained into overflow.");

    private static bool IsFinite(Tensor tensor)
    {
        if (tensor.numel() == 0) return true;
        // A NaN anywhere is the minimum and the maximum.
        var (smallest, largest) = tensor.view(-1).aminmax(0);
        return double.IsFinite(smallest.to(ScalarType.Float64).item<double>()) && double.IsFinite(largest.to(ScalarType.Float64).item<double>());
    }

    private static ScalarType TorchType(TensorEntry entry) => entry.Type switch
    {
        TensorType.Bool => ScalarType.Bool,
        TensorType.UInt8 => ScalarType.Byte,
        TensorType.Int8 => ScalarType.Int8,
        TensorType.Int16 => ScalarType.Int16,
        TensorType.Int32 => ScalarType.Int32,
        TensorType.Int64 => ScalarType.Int64,
        TensorType.Float16 => ScalarType.Float16,
        TensorType.BFloat16 => ScalarType.BFloat16,
        TensorType.Float32 => ScalarType.Float32,
        _ => ScalarType.Float64,
    };
}
