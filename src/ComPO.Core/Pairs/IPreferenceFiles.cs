using ComPO.Core.Engines;

namespace ComPO.Core.Pairs;

/// <summary>
/// Opens preference data files for a model. What formats there are and how rows become token ids is no business of the
/// code that computes with models, which only knows its tokenizer and its limits.
/// </summary>
public interface IPreferenceFiles
{
    /// <summary>Opens a file; reads no row yet.</summary>
    /// <param name="dataFile">Its path.</param>
    /// <param name="tokenizer">The model's tokenizer, asked for when the first row of text is met: rows of token ids need none.
    /// Throws <see cref="Errors.ModelException"/> when the model folder has no usable one.</param>
    /// <param name="maxLength">The longest prompt and answer together, in tokens; longer rows are skipped.</param>
    /// <exception cref="Errors.PreferenceDataException">The file is missing or not readable.</exception>
    IPairCandidates Open(string dataFile, Func<ITextTokenizer> tokenizer, int maxLength);
}
