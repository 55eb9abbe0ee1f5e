namespace ComPO.Admin.Tests;

public sealed class LightnessTests
{
    [Fact]
    public void The_console_brings_neither_libtorch_nor_a_database()
    {
        var console = Repository.Output("ComPO.Admin");

        var files = Directory.GetFiles(console, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).ToArray();

        Assert.Contains("ComPO.Admin.dll", files);
        foreach (var heavy in (string[])["torch", "Persistence", "Sqlite", "Npgsql", "SqlClient", "ComPO.Torch", "ComPO.Cluster"])
            Assert.DoesNotContain(files, file => file.Contains(heavy, StringComparison.OrdinalIgnoreCase) && !file.StartsWith("Akka.Cluster", StringComparison.Ordinal));
        // What reports are drawn with is native, and there for four systems: more than half of it all.
        var (native, managed) = (0L, 0L);
        foreach (var file in new DirectoryInfo(console).EnumerateFiles("*", SearchOption.AllDirectories))
            (native, managed) = file.FullName.Contains("/runtimes/", StringComparison.Ordinal) ? (native + file.Length, managed) : (native, managed + file.Length);
        Assert.InRange(managed, 0, 20_000_000);
        Assert.InRange(native, 0, 60_000_000);
    }
}
