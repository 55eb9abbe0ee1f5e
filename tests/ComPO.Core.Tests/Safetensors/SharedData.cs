namespace ComPO.Core.Tests.Safetensors;

/// <summary>Published files of others, beside the repository; tests that need them are skipped where they are absent.</summary>
internal static class SharedData
{
    public static string Folder(params string[] parts)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "ComPO.sln"))) root = root.Parent;
        var folder = Path.Combine([root?.FullName ?? ".", "..", "shared", "data", .. parts]);
        Assert.SkipUnless(Directory.Exists(folder), $"The published test data in {folder} is not on this machine.");
        return folder;
    }
}
