using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using ComPO.Torch.Heads;
using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Torch.Models;

/// <summary>
/// A model as its folder holds it, scoring pairs: the body in the type asked for, the head's products
/// in float32, or in float64 all the way when the body is. Embedding and head stay in their files: of the one a pair
/// needs few rows, and the other is read a slab at a time as its products are made.
/// </summary>
public sealed class ScoringModel : IDisposable
{
    private readonly DecoderBody _body;
    private readonly Lock _bodyInUse = new();
    private readonly StoredMatrix _head;
    private readonly int _threads;
    // What else decides: the code. A build is known by the identifiers that the compiler gives its modules, which follow from their code.
    private static readonly Lazy<Digest> ProgramDigest = new(() => Digest.Of(
        (byte[])[.. typeof(ScoringModel).Module.ModuleVersionId.ToByteArray(), .. typeof(PairFeatures).Module.ModuleVersionId.ToByteArray()]));

    private readonly Lazy<string> _featureOrigin;
    private readonly Lazy<string> _scoreOrigin;

    private ScoringModel(Checkpoint checkpoint, ScalarType? dtype, int threads)
    {
        _featureOrigin = new Lazy<string>(DescribeBody);
        _scoreOrigin = new Lazy<string>(() => $"{FeatureOrigin}; head {DigestOfHead()}");
        (Config, _threads) = (checkpoint.Config, threads);
        _body = DecoderBody.Load(checkpoint, dtype, leavesEmbedding: true);
        try
        {
            _head = checkpoint.OpenMatrix(checkpoint.HeadTensorName);
        }
        catch
        {
            _body.Dispose();
            throw;
        }
    }

    /// <summary>Sizes and constants; token ids must be below its vocabulary's size.</summary>
    public ModelConfig Config { get; }

    /// <summary>The bytes its weights occupy.</summary>
    public long MemoryBytes => _body.MemoryBytes;

    /// <summary>All that decides the bits of <see cref="HiddenStates"/> but the pair; see <see cref="Core.Engines.INodeModel.FeatureOrigin"/>.</summary>
    internal string FeatureOrigin => _featureOrigin.Value;

    /// <summary>All that decides the bits of <see cref="Score(TokenizedPair)"/> but the pair.</summary>
    internal string ScoreOrigin => _scoreOrigin.Value;

    /// <summary>Opens a model folder with its body.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <param name="dtype">The type the body computes in; null takes the checkpoint's.</param>
    /// <param name="threads">Threads to compute on.</param>
    /// <exception cref="ModelException">The folder is missing, damaged or not supported.</exception>
    public static ScoringModel Open(string folder, ScalarType? dtype, int threads)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return Open(checkpoint, dtype, threads);
    }

    /// <summary>The log-probabilities of the pair's answers given its prompt, summed over their tokens, in nats.</summary>
    /// <exception cref="PreferenceDataException">A part of the pair is empty, or an id is outside the vocabulary.</exception>
    public PairLogProbabilities Score(TokenizedPair pair) => Score(pair, (first, count) => _head.Rows(first, count));

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _head.Dispose();
        _body.Dispose();
    }

    internal static ScoringModel Open(Checkpoint checkpoint, ScalarType? dtype, int threads)
    {
        Libtorch.EnsureLoaded();
        // Ownership is by hand: a scope of the caller's must not free what outlives it.
        using var scope = NewDisposeScope();
        return new ScoringModel(checkpoint, dtype, threads);
    }

    /// <summary>Scores with another head on this body.</summary>
    internal PairLogProbabilities Score(TokenizedPair pair, HeadWeights head)
    {
        using var scope = NewDisposeScope();
        var rows = frombuffer(head.Values, ScalarType.Float32).reshape(head.Shape.VocabularySize, head.Shape.HiddenSize);
        return Score(pair, (first, count) => rows.narrow(0, first, count));
    }

    /// <summary>The head's inputs at the positions that predict the answers' tokens: [T⁺ + T⁻, d] float32, row-major.</summary>
    internal float[] HiddenStates(CompletionRows rows)
    {
        using var scope = NewDisposeScope();
        return Run(rows).to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    private PairLogProbabilities Score(TokenizedPair pair, Func<int, int, Tensor> headRows)
    {
        using var threads = TorchThreads.Use(_threads);
        using var scope = NewDisposeScope();
        var rows = new CompletionRows(pair, Config.VocabularySize);
        return CompletionScorer.Score(Run(rows), new HeadShape(Config.VocabularySize, Config.HiddenSize), headRows, Config.FinalLogitSoftCap, rows);
    }

    private string DescribeBody() =>
        $"body {_body.ComputeDigest()}; config {Config.Digest}; {_body.Dtype} on {_body.Device}; {CpuClass.ArithmeticOf(_threads)}; program {ProgramDigest.Value}";

    private Digest DigestOfHead()
    {
        var digest = new DigestBuilder();
        TensorDigest.Add(digest, "head", _head);
        return digest.Finish();
    }

    // One pass at a time: two would compete for the same processors and double the memory.
    private Tensor Run(CompletionRows rows)
    {
        using var threads = TorchThreads.Use(_threads);
        lock (_bodyInUse)
            return CompletionHiddenStates.Compute(_body, rows);
    }
}
