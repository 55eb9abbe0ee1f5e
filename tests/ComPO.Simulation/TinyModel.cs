using System.Collections.Concurrent;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Updates;

namespace ComPO.Simulation;

/// <summary>
/// A model of 64 tokens and width 16 whose hidden states are a fixed function of the pair, with pairs made up on the spot. The engine is the float64
/// reference, so that the actors around it are what is tested.
/// </summary>
public sealed class TinyModelLoader : IModelLoader
{
    private int _enginesAtRest;
    private int _rests;

    public static HeadShape Shape { get; } = new(64, 16);

    public string ComputeClass { get; init; } = "tiny";

    public IReadOnlyList<DeviceDescription> Devices { get; init; } = [new DeviceDescription("cpu", 1, 1 << 30)];

    /// <summary>Rows in every data file.</summary>
    public int Rows { get; init; } = 12;

    /// <summary>Distinguishes base models.</summary>
    public uint BaseSeed { get; init; } = 7;

    public bool HasBody { get; init; } = true;

    /// <summary>Distinguishes bodies.</summary>
    public string Origin { get; init; } = "tiny";

    /// <summary>Called before a row is scored; throws, waits or does nothing.</summary>
    public Action<int> BeforeScore { get; set; } = _ => { };

    /// <summary>What bodies were run for, over all models of this loader: to score a row, or to make its features.</summary>
    public ConcurrentQueue<(bool ToScore, int Row)> BodyRuns { get; } = [];

    /// <summary>Called before the body is named; waits or does nothing.</summary>
    public Action BeforeOrigin { get; set; } = () => { };

    /// <summary>Called before each probe; throws, waits or does nothing.</summary>
    public Action<int, CancellationToken> BeforeProbe { get; init; } = (_, _) => { };

    /// <summary>Called before each export; throws or does nothing.</summary>
    public Action BeforeExport { get; init; } = () => { };

    /// <summary>Called with the head before each pair is prepared with it; may damage it.</summary>
    public Action<HeadWeights> BeforePrepare { get; init; } = _ => { };

    /// <summary>Called before rows of an update are tallied; throws, waits or does nothing.</summary>
    public Action BeforeTally { get; init; } = () => { };

    /// <summary>The most probes that one engine has had in hand at once: one, if each device has an engine of its own.</summary>
    public int MostProbesOfAnEngine { get; set; }

    /// <summary>By how much its log-probabilities differ from those of other arithmetic.</summary>
    public double Skew { get; init; }

    /// <summary>How many engines stand still at this moment.</summary>
    public int EnginesAtRest => Volatile.Read(ref _enginesAtRest);

    /// <summary>How often an engine has been made to stand still.</summary>
    public int Rests => Volatile.Read(ref _rests);

    /// <summary>Which engines, by device, have probed.</summary>
    public HashSet<int> ProbedDevices { get; } = [];

    internal void CountRest(Action work)
    {
        Interlocked.Increment(ref _rests);
        Interlocked.Increment(ref _enginesAtRest);
        work();
        Interlocked.Decrement(ref _enginesAtRest);
    }

    public INodeModel Load(ModelRequest request) => request.Folder.EndsWith("missing", StringComparison.Ordinal)
        ? throw new ModelException($"The model folder {request.Folder} does not exist.")
        : new TinyModel(this, request);
}

public sealed class TinyModel(TinyModelLoader loader, ModelRequest request) : INodeModel
{
    private readonly HeadWeights _base = MakeHead(loader.BaseSeed);

    public ModelDescription Description => new(
        request.Folder, "TinyForTests", _base.ComputeDigest(), TinyModelLoader.Shape, null, 64, "float32", loader.HasBody && request.WithBody, 1 << 20);

    public HeadWeights Head { get; } = MakeHead(loader.BaseSeed);

    public void RestoreBaseHead() => _base.Values.CopyTo(Head.Values, 0);

    public IReadOnlyList<IHeadEngine> Engines { get; } = [.. loader.Devices.Select((_, device) => new TinyEngine(loader, device))];

    public IPairCandidates OpenPairs(string dataFile, PairOptions options) => dataFile.EndsWith("missing", StringComparison.Ordinal)
        ? throw new PreferenceDataException($"The data file {dataFile} does not exist.")
        : new TinyPairs(loader.Rows);

    public PairFeatures ComputeFeatures(TokenizedPair pair, PerturbationSpaceKind space)
    {
        loader.BodyRuns.Enqueue((ToScore: false, pair.Row));
        return MakeFeatures(pair, space);
    }

    public string FeatureOrigin
    {
        get
        {
            loader.BeforeOrigin();
            return $"{loader.Origin} {loader.BaseSeed}";
        }
    }

    public string ReferenceOrigin => $"{loader.Origin} {loader.BaseSeed} with its head";

    public PairLogProbabilities ScoreReference(TokenizedPair pair) => Score(_base, pair);

    public PairLogProbabilities ScoreCurrent(TokenizedPair pair) => Score(Head, pair);

    public WrittenModel Export(string folder, HeadExportType type)
    {
        loader.BeforeExport();
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "digest.txt"), Head.ComputeDigest().ToString());
        return new WrittenModel(folder, type, 1);
    }

    public WrittenModel ExportHead(string folder, HeadExportType type)
    {
        loader.BeforeExport();
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, WrittenModel.HeadFileName), Head.ComputeDigest().ToString());
        return new WrittenModel(folder, type, 1);
    }

    public void Dispose()
    {
    }

    private static PairFeatures MakeFeatures(TokenizedPair pair, PerturbationSpaceKind space)
    {
        int[] targets = [.. pair.ChosenIds, .. pair.RejectedIds];
        var states = new float[targets.Length * TinyModelLoader.Shape.HiddenSize];
        PerturbationNoise.Fill(new NoiseKey(99, (uint)pair.Row), 0, 0, states);
        return PairFeatures.Create(states, targets, pair.ChosenIds.Length, TinyModelLoader.Shape.HiddenSize, space);
    }

    private PairLogProbabilities Score(HeadWeights head, TokenizedPair pair)
    {
        loader.BeforeScore(pair.Row);
        loader.BodyRuns.Enqueue((ToScore: true, pair.Row));
        using var prepared = new ReferenceHeadEngine().Prepare(head, null, MakeFeatures(pair, PerturbationSpaceKind.Row));
        return prepared.Before;
    }

    private static HeadWeights MakeHead(uint seed)
    {
        var values = new float[TinyModelLoader.Shape.EntryCount];
        PerturbationNoise.Fill(new NoiseKey(seed, 0), 0, 0, values);
        return new HeadWeights(TinyModelLoader.Shape, [.. values.Select(value => value * 0.1f)]);
    }

    /// <summary>Pairs of three and four tokens; every fifth row is an identical pair.</summary>
    private sealed class TinyPairs(int rows) : IPairCandidates
    {
        public IEnumerable<Candidate> From(int row)
        {
            for (; row < rows; row++)
            {
                yield return row % 5 == 4
                    ? new Candidate(row, null, SkipReason.IdenticalPair)
                    : new Candidate(row, new TokenizedPair(row, [1], [2, row % 60, 5], [3, (row + 7) % 60, 9, 11]), null);
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class TinyEngine(TinyModelLoader loader, int device) : IHeadEngine
    {
        private readonly ReferenceHeadEngine _engine = new();

        public string ComputeClass => loader.ComputeClass;

        public IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features)
        {
            loader.BeforePrepare(head);
            return new TinyPair(_engine.Prepare(head, finalLogitSoftCap, features), loader, device);
        }

        public void AddSignedNoise(NoiseKey noise, OutcomeBits outcomes, int dimension, int firstRow, Memory<int> sums, int threads)
        {
            loader.BeforeTally();
            ((IHeadEngine)_engine).AddSignedNoise(noise, outcomes, dimension, firstRow, sums, threads);
        }

        public void AtRest(Action work) => loader.CountRest(work);

        public void Dispose() => _engine.Dispose();
    }

    private sealed class TinyPair(IPreparedPair pair, TinyModelLoader loader, int device) : IPreparedPair
    {
        private int _isDisposed;
        private int _inHand;

        public PairFeatures Features => pair.Features;

        public PairLogProbabilities Before => new(pair.Before.Chosen + loader.Skew, pair.Before.Rejected);

        public ReadOnlyMemory<float> BaseLogits => pair.BaseLogits;

        public OutcomeBits Probe(NoiseKey noise, double radius, int first, int count, CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            var inHand = Interlocked.Increment(ref _inHand);
            lock (loader.ProbedDevices)
            {
                loader.ProbedDevices.Add(device);
                loader.MostProbesOfAnEngine = Math.Max(loader.MostProbesOfAnEngine, inHand);
            }
            try
            {
                loader.BeforeProbe(first, cancellation);
                var outcomes = pair.Probe(noise, radius, first, count, cancellation);
                ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
                return outcomes;
            }
            finally
            {
                Interlocked.Decrement(ref _inHand);
            }
        }

        public PairLogProbabilities[] Evaluate(SparseUpdate direction, ReadOnlySpan<double> steps) => pair.Evaluate(direction, steps);

        public void Dispose() => Interlocked.Exchange(ref _isDisposed, 1);
    }
}
