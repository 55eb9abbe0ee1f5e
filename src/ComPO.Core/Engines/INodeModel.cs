using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;

namespace ComPO.Core.Engines;

/// <summary>
/// What a node can do with one model: hold its head, probe it, and with a body make features and scores.
/// Called from compute threads only; calls may take long.
/// </summary>
public interface INodeModel : IDisposable
{
    /// <summary>What was opened.</summary>
    ModelDescription Description { get; }

    /// <summary>The float32 master head: the base's at first, then whatever updates were applied to it.</summary>
    HeadWeights Head { get; }

    /// <summary>Puts the base's head back in the place of the present one.</summary>
    /// <exception cref="Errors.ModelException">The model's folder is not what it was.</exception>
    void RestoreBaseHead();

    /// <summary>Probe this head: one engine for each device of the loader, in their order.</summary>
    IReadOnlyList<IHeadEngine> Engines { get; }

    /// <summary>The rows of a preference data file, tokenized for this model.</summary>
    /// <param name="dataFile">Its path.</param>
    /// <param name="options">How conversations are rendered and where pairs are cut.</param>
    /// <exception cref="Errors.PreferenceDataException">The file is missing or not readable.</exception>
    IPairCandidates OpenPairs(string dataFile, PairOptions options);

    /// <summary>Runs the body on both sequences of a pair. The same pair gives the same features.</summary>
    /// <exception cref="Errors.PreferenceDataException">A part of the pair is empty, or an id is outside the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The model was opened without its body.</exception>
    PairFeatures ComputeFeatures(TokenizedPair pair, PerturbationSpaceKind space);

    /// <summary>
    /// All that decides the bytes of <see cref="ComputeFeatures"/> but the pair and the space: weights and configuration of the body, type and kind of its
    /// arithmetic, and the program. Where the text is equal, equal pairs have equal features, on any day. Takes as long as reading the weights once.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model was opened without its body.</exception>
    string FeatureOrigin { get; }

    /// <summary>The same of <see cref="ScoreReference"/>: of the reference model, its head as well.</summary>
    /// <inheritdoc cref="FeatureOrigin" path="/exception"/>
    string ReferenceOrigin { get; }

    /// <summary>The pair's log-probabilities under the reference model: the starting model unless another was named.</summary>
    /// <inheritdoc cref="ComputeFeatures" path="/exception"/>
    PairLogProbabilities ScoreReference(TokenizedPair pair);

    /// <summary>The pair's log-probabilities under the present head.</summary>
    /// <inheritdoc cref="ComputeFeatures" path="/exception"/>
    PairLogProbabilities ScoreCurrent(TokenizedPair pair);

    /// <summary>Writes a Hugging Face folder: every file of the base, with the present head.</summary>
    /// <exception cref="Errors.StorageException">The folder cannot be written.</exception>
    WrittenModel Export(string folder, HeadExportType type);

    /// <summary>Writes a folder with the present head alone, as the tensor <c>lm_head.weight</c> in <see cref="WrittenModel.HeadFileName"/>.</summary>
    /// <inheritdoc cref="Export" path="/exception"/>
    WrittenModel ExportHead(string folder, HeadExportType type);
}
