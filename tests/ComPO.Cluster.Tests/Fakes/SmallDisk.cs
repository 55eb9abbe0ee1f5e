using System.Diagnostics;

namespace ComPO.Cluster.Tests.Fakes;

/// <summary>A disk of so many bytes that can be filled and emptied; skips the test where none can be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk(int bytes)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", Path) != 0)
        {
            Directory.Delete(Path);
            Assert.Skip("Only root may mount a small disk.");
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("compo-disk-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Leaves room for nothing.</summary>
    public void Fill()
    {
        using var filler = new FileStream(this["filler"], FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>Makes room again.</summary>
    public void Empty() => File.Delete(this["filler"]);

    public void Dispose()
    {
        _ = Run("umount", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
