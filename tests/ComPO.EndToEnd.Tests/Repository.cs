namespace ComPO.EndToEnd.Tests;

/// <summary>The repository that these tests were built in, and what lies beside it.</summary>
internal static class Repository
{
    /// <summary>The folder of ComPO.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>An executable of src, as built in these tests' own configuration.</summary>
    public static string Executable(string project)
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(Root, "src", project, "bin", output.Parent!.Name, output.Name, project + ".dll");
    }

    /// <summary>Test data beside the repository; a test that needs it is skipped without it.</summary>
    public static string Data(params string[] parts) => Beside(["data", .. parts]);

    /// <summary>What lies beside the repository; a test that needs it is skipped without it.</summary>
    public static string Beside(params string[] parts)
    {
        var path = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));
        if (!Path.Exists(path))
            Assert.Skip($"{path} is not on this machine.");
        return path;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ComPO.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no folder that has ComPO.sln.");
        return folder.FullName;
    }
}
