using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>A model without layers: a normal head of any shape, hidden states drawn for each pair, and the production engine.</summary>
/// <param name="Head">The head's shape.</param>
/// <param name="Answer">The tokens of each answer.</param>
/// <param name="Threads">Threads to compute on.</param>
/// <param name="Precision">The products of probes.</param>
internal sealed record SyntheticModelLoader(HeadShape Head, int Answer, int Threads, HeadPrecision Precision) : IModelLoader
{
    public string ComputeClass => "synthetic";

    public IReadOnlyList<DeviceDescription> Devices => [new DeviceDescription("cpu", Threads, 1L << 34)];

    public INodeModel Load(ModelRequest request) => new SyntheticModel(this, request);
}

/// <summary>What the loader makes; also the bare loop's model.</summary>
internal sealed class SyntheticModel : INodeModel
{
    // As trained heads are: logits then spread by about one.
    private const float Deviation = 0.02f;

    private readonly SyntheticModelLoader _loader;

    public SyntheticModel(SyntheticModelLoader loader, ModelRequest request)
    {
        _loader = loader;
        Head = new HeadWeights(loader.Head, new float[loader.Head.EntryCount]);
        RestoreBaseHead();
        Description = new ModelDescription(
            request.Folder, "Synthetic", Head.ComputeDigest(), loader.Head, null, 8192, "float32", HasBody: true, loader.Head.EntryCount * sizeof(float));
        Engines = [new TorchHeadEngine(loader.Threads, loader.Precision)];
    }

    public ModelDescription Description { get; }

    public HeadWeights Head { get; }

    public IReadOnlyList<IHeadEngine> Engines { get; }

    public string FeatureOrigin => $"synthetic {_loader}";

    public string ReferenceOrigin => FeatureOrigin;

    public void RestoreBaseHead()
    {
        PerturbationNoise.Fill(new NoiseKey(1, uint.MaxValue), 0, 0, Head.Values);
        foreach (ref var value in Head.Values.AsSpan())
            value *= Deviation;
    }

    public IPairCandidates OpenPairs(string dataFile, PairOptions options) => new Pairs(_loader);

    public PairFeatures ComputeFeatures(TokenizedPair pair, PerturbationSpaceKind space)
    {
        int[] targets = [.. pair.ChosenIds, .. pair.RejectedIds];
        var states = new float[targets.Length * _loader.Head.HiddenSize];
        PerturbationNoise.Fill(new NoiseKey(2, uint.MaxValue), (uint)pair.Row, 0, states);
        return PairFeatures.Create(states, targets, pair.ChosenIds.Length, _loader.Head.HiddenSize, space);
    }

    public PairLogProbabilities ScoreReference(TokenizedPair pair) => new(-1, -1);

    public PairLogProbabilities ScoreCurrent(TokenizedPair pair) => new(-1, -1);

    public WrittenModel Export(string folder, HeadExportType type)
    {
        Directory.CreateDirectory(folder);
        return new WrittenModel(folder, type, 1);
    }

    public WrittenModel ExportHead(string folder, HeadExportType type) => Export(folder, type);

    public void Dispose() => Engines[0].Dispose();

    private sealed class Pairs(SyntheticModelLoader loader) : IPairCandidates
    {
        public IEnumerable<Candidate> From(int row)
        {
            for (; row < 1000; row++)
                yield return new Candidate(row, new TokenizedPair(row, [1], Ids(row, 7919), Ids(row, 104_729)), null);
        }

        public void Dispose()
        {
        }

        private int[] Ids(int row, int step) => [.. Enumerable.Range(1, loader.Answer).Select(t => (int)((long)step * (t + row) % loader.Head.VocabularySize))];
    }
}
