using System.Runtime.InteropServices;
using ComPO.Core.Digests;

namespace ComPO.Torch.Native;

/// <summary>
/// Keeps a changed native library in the user's cache folder, under its digest, and loads it from there;
/// where no cache can be written or run from, from a private temporary folder that is gone at once.
/// </summary>
internal static class PatchedLibrary
{
    /// <summary>Loads the bytes as a library that bears the file name of <paramref name="originalPath"/>.</summary>
    /// <exception cref="DllNotFoundException">The linker refuses it.</exception>
    public static IntPtr Load(string originalPath, byte[] patched)
    {
        var fileName = Path.GetFileName(originalPath);
        if (CacheFolder() is { } cache)
        {
            try
            {
                return NativeLibrary.Load(Keep(Path.Combine(cache, Digest.Of(patched).ToString()), fileName, patched));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
            {
                // Read-only, full, or mounted noexec; the temporary folder may be none of these.
            }
        }
        return LoadAndForget(fileName, patched);
    }

    private static string? CacheFolder()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathRooted(cache))
        {
            var home = Environment.GetEnvironmentVariable("HOME");
            if (!Path.IsPathRooted(home)) return null;
            cache = Path.Combine(home, ".cache");
        }
        return Path.Combine(cache, "compo", "native");
    }

    /// <summary>Several processes may do this at once: each renames a complete file of the same bytes into place.</summary>
    private static string Keep(string folder, string fileName, byte[] bytes)
    {
        var path = Path.Combine(folder, fileName);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) return path;

        Directory.CreateDirectory(folder);
        var temporary = $"{path}.{Guid.NewGuid():n}";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
        return path;
    }

    private static IntPtr LoadAndForget(string fileName, byte[] bytes)
    {
        var folder = Directory.CreateTempSubdirectory("compo-");
        try
        {
            var path = Path.Combine(folder.FullName, fileName);
            File.WriteAllBytes(path, bytes);
            return NativeLibrary.Load(path);
        }
        finally
        {
            // What is mapped stays mapped.
            folder.Delete(recursive: true);
        }
    }
}
