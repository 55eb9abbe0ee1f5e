using ComPO.Core.Pairs;

namespace ComPO.Core.Engines;

/// <summary>The rows of one preference data file as one model sees them.</summary>
public interface IPairCandidates : IDisposable
{
    /// <summary>The rows from a 0-based row to the end of the file, in order, read as they are asked for.</summary>
    /// <exception cref="Errors.PreferenceDataException">The file cannot be read, or an id is outside the vocabulary.</exception>
    IEnumerable<Candidate> From(int row);
}

/// <summary>One row: a pair, or the reason why it is none.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Pair">The tokenized pair, or null.</param>
/// <param name="Skipped">Why it was skipped, or null.</param>
public sealed record Candidate(int Row, TokenizedPair? Pair, SkipReason? Skipped);
