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

    private readonly WeightsFolder _weights;

    private Checkpoint(ModelConfig config, WeightsFolder weights) => (Config, _weights) = (config, weights);

    /// <summary>The folder, as a full path.</summary>
    public string Folder => _weights.Folder;

    /// <summary>What config.json says.</summary>
    public ModelConfig Config { get; }

    /// <summary>Every tensor of the weights files; of those that are open, when it was opened for its head.</summary>
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
    public ScalarType Dtype => Config.Dtype ?? TensorLoader.TorchType(_weights.Find(EmbeddingName).Entry.Type);

    /// <summary>Opens a model folder and checks its configuration, its files, and that its head is there with the right shape.</summary>
    /// <exception cref="ModelException">Something is missing, damaged or not supported.</exception>
    /// <exception cref="UnsupportedSystemException">libtorch does not load on this system.</exception>
    public static Checkpoint Open(string folder) => Open(folder, (path, _) => WeightsFolder.Open(path));

    /// <summary>Opens a model folder for its head alone: of weights cut into several files only the one with the head must be there.</summary>
    /// <inheritdoc cref="Open(string)" path="/exception"/>
    public static Checkpoint OpenForHead(string folder) => Open(folder, (path, head) => WeightsFolder.Open(path, head));

    private static Checkpoint Open(string folder, Func<string, string, WeightsFolder> open)
    {
        Libtorch.EnsureLoaded();
        folder = Path.GetFullPath(folder);
        var config = ModelConfigReader.Read(folder);
        var checkpoint = new Checkpoint(config, open(folder, config.TiesEmbeddings ? EmbeddingName : UntiedHeadName));
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
    /// <exception cref="ModelException">There is no such tensor, or one of its entries is not a finite number, as stored or as asked for.</exception>
    public Tensor Load(string name, ScalarType? dtype = null)
    {
        var (file, entry) = _weights.Find(name);
        return TensorLoader.Load(file, entry, dtype);
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
                throw TensorLoader.NotFinite(file, name);
        return values;
    }

    /// <summary>The head as a float32 master copy.</summary>
    /// <exception cref="ModelException">As <see cref="LoadFloat32"/>.</exception>
    public HeadWeights LoadHead() => new(HeadShape, LoadFloat32(HeadTensorName));

    /// <summary>Closes the files; tensors that were loaded stay.</summary>
    public void Dispose() => _weights.Dispose();

    /// <summary>A matrix that stays in its file; it may outlive this.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dtype">The type in which its rows will be used; the stored type when null.</param>
    /// <exception cref="ModelException">There is no such tensor, or an entry is not a finite number.</exception>
    internal StoredMatrix OpenMatrix(string name, ScalarType? dtype = null)
    {
        var (file, entry) = _weights.Find(name);
        return StoredMatrix.Open(file, entry, dtype ?? TensorLoader.TorchType(entry.Type));
    }

    /// <summary>The head's bytes as they are stored.</summary>
    internal Stream OpenHead()
    {
        var (file, entry) = _weights.Find(HeadTensorName);
        return file.OpenTensor(entry);
    }

    internal ShardIndex? Index => _weights.Index;

    internal IReadOnlyList<WeightsFile> Files => _weights.Files;
}
