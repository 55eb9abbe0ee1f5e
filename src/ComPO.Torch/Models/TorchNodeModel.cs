using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Safetensors;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Heads;
using ComPO.Torch.Pairs;
using ComPO.Torch.Tokenizers;

namespace ComPO.Torch.Models;

/// <summary>
/// One model on this node: the float32 head that training moves and the engines that probe it, and with a
/// body the starting model, and the reference model if it is another.
/// </summary>
public sealed class TorchNodeModel : INodeModel
{
    private readonly Lazy<ITextTokenizer> _tokenizer;
    private readonly ScoringModel? _start;
    private readonly ScoringModel? _reference;

    private TorchNodeModel(
        ModelDescription description, HeadWeights head, IReadOnlyList<IHeadEngine> engines, ScoringModel? start, ScoringModel? reference)
    {
        (Description, Head, Engines, _start, _reference) = (description, head, engines, start, reference);
        _tokenizer = new Lazy<ITextTokenizer>(() => TokenizerLoader.Load(description.Folder));
    }

    /// <inheritdoc/>
    public ModelDescription Description { get; }

    /// <inheritdoc/>
    public HeadWeights Head { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IHeadEngine> Engines { get; }

    private ScoringModel Start => _start ?? throw new InvalidOperationException(
        $"The model {Description.Folder} was opened without its body, which makes features and scores; open it with one.");

    /// <summary>Opens a model.</summary>
    /// <param name="request">Which, and whether with its body.</param>
    /// <param name="options">How to compute.</param>
    /// <exception cref="ModelException">A folder is missing, damaged or not supported; or the reference model has another vocabulary.</exception>
    public static TorchNodeModel Open(ModelRequest request, TorchModelOptions options)
    {
        using var checkpoint = request.WithBody ? Checkpoint.Open(request.Folder) : Checkpoint.OpenForHead(request.Folder);
        var head = checkpoint.LoadHead();
        var (start, reference) = request.WithBody ? OpenBodies(checkpoint, request.ReferenceFolder, options) : (null, null);
        var description = new ModelDescription(
            checkpoint.Folder,
            checkpoint.Config.Architecture,
            head.ComputeDigest(),
            head.Shape,
            checkpoint.Config.FinalLogitSoftCap,
            checkpoint.Config.ContextLength,
            Name(checkpoint.HeadType),
            request.WithBody,
            head.Shape.EntryCount * sizeof(float) + (start?.MemoryBytes ?? 0) + (reference?.MemoryBytes ?? 0));
        var precision = PrecisionFor(checkpoint.HeadType, options);
        return new TorchNodeModel(description, head, [.. ComputeDevices.Select(options).Select(device => HeadEngines.For(device, precision))], start, reference);
    }

    /// <inheritdoc/>
    public void RestoreBaseHead()
    {
        using var checkpoint = Checkpoint.OpenForHead(Description.Folder);
        var head = checkpoint.LoadHead();
        if (head.Shape != Head.Shape || head.ComputeDigest() is var digest && digest != Description.BaseDigest)
            throw new ModelException(
                $"The model folder {Description.Folder} was changed: its head was {Description.Head} with digest {Description.BaseDigest}; start the trainer again.");
        head.Values.CopyTo(Head.Values, 0);
    }

    /// <inheritdoc/>
    public IPairCandidates OpenPairs(string dataFile, PairOptions options) =>
        new PreferenceFile(dataFile, ModelPairs.Tokenizer(Description.Folder, _tokenizer, options, Description.ContextLength, Description.Head.VocabularySize));

    /// <inheritdoc/>
    public PairFeatures ComputeFeatures(TokenizedPair pair, PerturbationSpaceKind space)
    {
        var rows = new CompletionRows(pair, Description.Head.VocabularySize);
        return PairFeatures.Create(Start.HiddenStates(rows), rows.Targets, rows.ChosenCount, Description.Head.HiddenSize, space);
    }

    /// <inheritdoc/>
    public string FeatureOrigin => Start.FeatureOrigin;

    /// <inheritdoc/>
    public string ReferenceOrigin => (_reference ?? Start).ScoreOrigin;

    /// <inheritdoc/>
    public PairLogProbabilities ScoreReference(TokenizedPair pair) => (_reference ?? Start).Score(pair);

    /// <inheritdoc/>
    public PairLogProbabilities ScoreCurrent(TokenizedPair pair) => Start.Score(pair, Head);

    /// <inheritdoc/>
    public WrittenModel Export(string folder, HeadExportType type) => ModelExporter.Write(Description.Folder, Head, type, folder);

    /// <inheritdoc/>
    public WrittenModel ExportHead(string folder, HeadExportType type) => ModelExporter.WriteHead(Description.Folder, Head, type, folder);

    /// <summary>Ends the engines and frees the bodies.</summary>
    public void Dispose()
    {
        foreach (var engine in Engines)
            engine.Dispose();
        _reference?.Dispose();
        _start?.Dispose();
    }

    private static (ScoringModel Start, ScoringModel? Reference) OpenBodies(Checkpoint checkpoint, string? referenceFolder, TorchModelOptions options)
    {
        var start = ScoringModel.Open(checkpoint, options.Dtype, options.ThreadCount);
        if (referenceFolder is null)
            return (start, null);
        try
        {
            return (start, OpenReference(checkpoint, referenceFolder, options));
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    private static ScoringModel OpenReference(Checkpoint checkpoint, string folder, TorchModelOptions options)
    {
        using var reference = Checkpoint.Open(folder);
        if (reference.Config.VocabularySize != checkpoint.Config.VocabularySize)
            throw new ModelException(
                $"The reference model {reference.Folder} has a vocabulary of {reference.Config.VocabularySize} and the model {checkpoint.Folder} one of " +
                $"{checkpoint.Config.VocabularySize}; expected the same, since both score the same token ids; name a reference with this tokenizer.");
        return ScoringModel.Open(reference, options.Dtype, options.ThreadCount);
    }

    private static HeadPrecision PrecisionFor(TensorType head, TorchModelOptions options) =>
        options.Precision ?? (head is TensorType.BFloat16 or TensorType.Float16 ? options.NarrowHeadPrecision : HeadPrecision.Float32);

    private static string Name(TensorType type) => type switch
    {
        TensorType.BFloat16 => "bfloat16",
        TensorType.Float16 => "float16",
        TensorType.Float64 => "float64",
        _ => "float32",
    };
}
