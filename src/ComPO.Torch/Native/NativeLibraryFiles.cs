using ComPO.Core.Errors;
using TorchSharp;

namespace ComPO.Torch.Native;

/// <summary>Where the native libraries of this program's packages lie.</summary>
internal static class NativeLibraryFiles
{
    /// <summary>The full path of a library, in the places where .NET puts the native files of a program's packages.</summary>
    /// <exception cref="UnsupportedSystemException">None of them has it.</exception>
    public static string Find(string fileName)
    {
        foreach (var folder in Folders())
        {
            var path = Path.Combine(folder, fileName);
            if (File.Exists(path)) return path;
        }
        throw new UnsupportedSystemException(
            $"The native library {fileName} is not beside the program in {AppContext.BaseDirectory}: "
            + "an executable must reference the libtorch package of its platform (build with -p:TorchBackend=cpu).");
    }

    private static IEnumerable<string> Folders()
    {
        // What the program's deps.json says: package folders in development, the program's own folder once published.
        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string known)
            foreach (var folder in known.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                yield return folder;
        foreach (var root in (string?[])[AppContext.BaseDirectory, Path.GetDirectoryName(typeof(torch).Assembly.Location)])
        {
            if (string.IsNullOrEmpty(root)) continue;
            yield return root;
            yield return Path.Combine(root, "runtimes", "linux-x64", "native");
        }
    }
}
