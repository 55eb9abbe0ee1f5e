namespace ComPO.Tests;

/// <summary>The repository that the tests were built in, and what lies beside it. Part of every test project.</summary>
internal static class Repository
{
    /// <summary>The folder of ComPO.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of an executable of src, as built in these tests' own configuration.</summary>
    public static string Output(string project)
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(Root, "src", project, "bin", output.Parent!.Name, output.Name);
    }

    /// <summary>An executable of src, as built in these tests' own configuration.</summary>
    public static string Executable(string project) => Path.Combine(Output(project), project + ".dll");

    /// <summary>Models and results that others published, beside the repository; a test that needs them is skipped without them.</summary>
    public static string Data(params string[] parts) => Beside(["data", .. parts]);

    /// <summary>What lies beside the repository; a test that needs it is skipped without it.</summary>
    public static string Beside(params string[] parts)
    {
        var path = PathBeside(parts);
        Assert.SkipUnless(Path.Exists(path), $"{path} is not on this machine.");
        return path;
    }

    /// <summary>Where something lies beside the repository, if it does.</summary>
    public static string PathBeside(params string[] parts) => Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ComPO.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no folder that has ComPO.sln.");
        return folder.FullName;
    }
}
