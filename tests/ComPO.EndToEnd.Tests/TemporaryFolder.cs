namespace ComPO.EndToEnd.Tests;

/// <summary>A folder that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("compo-e2e-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>A folder with the files of another, which may be changed; gives its path.</summary>
    public string Copy(string folder, string name)
    {
        Directory.CreateDirectory(this[name]);
        foreach (var file in Directory.GetFiles(folder))
            File.WriteAllBytes(System.IO.Path.Combine(this[name], System.IO.Path.GetFileName(file)), File.ReadAllBytes(file));
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
