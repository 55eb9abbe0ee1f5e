using ComPO.Core.Pairs;

namespace ComPO.Core.Engines;

/// <summary>The rows of one preference data file as one model sees them.</summary>
public interface IPairCandidates : IDisposable
{
    /// <summary>The rows from a 0-based row to the end of the file, in order, read as they are asked for.</summary>
    /// <exception cref="Errors.PreferenceDataException">The file cannot be read, or an id is outside the vocabulary.</exception>
    IEnumerable<Candidate> From(int row);
}
