namespace ComPO.Torch.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("compo-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Copies a file so that it can be written to, whatever the original allows.</summary>
    public void Copy(string folder, string name, string? newName = null) =>
        File.WriteAllBytes(this[newName ?? name], File.ReadAllBytes(System.IO.Path.Combine(folder, name)));

    public void CopyAll(string folder)
    {
        foreach (var file in Directory.GetFiles(folder)) Copy(folder, System.IO.Path.GetFileName(file));
    }

    public void Write(string name, string text) => File.WriteAllText(this[name], text);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
