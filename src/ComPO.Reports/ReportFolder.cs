using ComPO.Core.Errors;

namespace ComPO.Reports;

/// <summary>
/// The folder that a report is written to: new, empty, or that of an earlier report. It is made beside its place under another name and moved there
/// when it is whole.
/// </summary>
internal sealed class ReportFolder : IDisposable
{
    /// <summary>The file by which a report is known.</summary>
    public const string Mark = "report.json";

    private readonly string _place;
    private readonly string _draft;

    /// <summary>Begins a report.</summary>
    /// <param name="place">Where it is to be.</param>
    /// <exception cref="StorageException">The folder holds something else, or cannot be written.</exception>
    public ReportFolder(string place)
    {
        _place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        _draft = $"{_place}.{Guid.NewGuid():N}.part";
        if (File.Exists(_place))
            throw new StorageException($"--output {place} is a file: expected a folder that is new, empty, or holds an earlier report.");
        if (Directory.Exists(_place) && Directory.EnumerateFileSystemEntries(_place).Any() && !File.Exists(Path.Combine(_place, Mark)))
            throw new StorageException($"--output {place} holds something else: expected a folder that is new, empty, or holds an earlier report; name another.");
        Do(() => Directory.CreateDirectory(_draft));
    }

    /// <summary>Writes a file.</summary>
    public void Write(string name, byte[] bytes) => Do(() =>
    {
        var path = Path.Combine(_draft, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    });

    /// <summary>Puts the report in its place; an earlier one goes.</summary>
    public void Publish() => Do(() =>
    {
        if (!Directory.Exists(_place))
        {
            Directory.Move(_draft, _place);
            return;
        }
        var earlier = $"{_draft}.old";
        Directory.Move(_place, earlier);
        Directory.Move(_draft, _place);
        Directory.Delete(earlier, recursive: true);
    });

    /// <summary>Leaves nothing of a report that was not published.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_draft))
            Directory.Delete(_draft, recursive: true);
    }

    private void Do(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StorageException($"The report cannot be written to {_place} ({exception.Message}); make room there, or name another folder with --output.", exception);
        }
    }
}
