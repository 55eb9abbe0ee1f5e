namespace ComPO.Reports.Tests;

/// <summary>A folder that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("compo-reports-").FullName;

    public string this[string name] => System.IO.Path.Combine(_path, name);

    /// <summary>What it holds, by name.</summary>
    public IEnumerable<string> Names => Directory.EnumerateFileSystemEntries(_path).Select(path => System.IO.Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
