using System.Diagnostics;

namespace ComPO.Cluster.Tests.Fakes;

/// <summary>A disk of so many bytes that can be filled and emptied; skips the test where none can be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDisk(int bytes)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", _folder.Path) != 0)
        {
            _folder.Dispose();
            Assert.Skip("Only root may mount a small disk.");
        }
    }

    public string this[string name] => _folder[name];

    /// <summary>Leaves room for nothing.</summary>
    public void Fill()
    {
        using var filler = new FileStream(_folder["filler"], FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
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
    public void Empty() => File.Delete(_folder["filler"]);

    public void Dispose()
    {
        _ = Run("umount", _folder.Path);
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
