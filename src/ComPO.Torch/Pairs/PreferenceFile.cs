using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Pairs.Parquet;

namespace ComPO.Torch.Pairs;

/// <summary>A preference data file as one model sees it. Opened anew for each pass over it, so passes do not disturb each other.</summary>
public sealed class PreferenceFile : IPairCandidates
{
    private readonly string _path;
    private readonly PairTokenizer _tokenizer;

    /// <summary>Names a file; reads nothing yet.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="tokenizer">Makes pairs of its rows.</param>
    /// <exception cref="PreferenceDataException">There is no such file.</exception>
    public PreferenceFile(string path, PairTokenizer tokenizer)
    {
        if (!File.Exists(path))
            throw new PreferenceDataException($"There is no data file {path}: expected JSON lines or JSON, plain or gzipped, or Parquet.");
        (_path, _tokenizer) = (path, tokenizer);
    }

    /// <inheritdoc/>
    public IEnumerable<Candidate> From(int row)
    {
        foreach (var read in Rows(row))
            yield return _tokenizer.Tokenize(read);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Between passes no file is open.
    }

    // What the file is, its content tells, not its name.
    private IEnumerable<PreferenceRow> Rows(int skip)
    {
        using var stream = OpenRead();
        foreach (var read in ParquetPairs.Begins(stream) ? ParquetPairs.Read(_path, skip) : PreferenceReader.Read(stream, _path, skip))
            yield return read;
    }

    private FileStream OpenRead()
    {
        try
        {
            return File.OpenRead(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PreferenceDataException($"The data file {_path} cannot be read: {e.Message}", e);
        }
    }
}
