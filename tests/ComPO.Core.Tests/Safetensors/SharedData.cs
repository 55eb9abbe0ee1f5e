namespace ComPO.Core.Tests.Safetensors;

/// <summary>Published files of others, beside the repository; tests that need them are skipped where they are absent.</summary>
internal static class SharedData
{
    public static string Folder(params string[] parts)
    {
        var folder = PathOf(parts);
        Assert.SkipUnless(Directory.Exists(folder), $"The published test data in {folder} is not on this machine.");
        return folder;
    }

    public static string File(params string[] parts)
    {
        var file = PathOf(parts);
        Assert.SkipUnless(System.IO.File.Exists(file), $"The published test data {file} is not on this machine.");
        return file;
    }

    private static string PathOf(string[] parts)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !System.IO.File.Exists(Path.Combine(root.FullName, "ComPO.sln"))) root = root.Parent;
        return Path.Combine([root?.FullName ?? ".", "..", "shared", "data", .. parts]);
    }
}
