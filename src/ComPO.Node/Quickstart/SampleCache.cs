using ComPO.Core.Errors;

namespace ComPO.Node.Quickstart;

/// <summary>
/// Folders that are costly to make and depend on nothing but their key, kept for the user: in
/// <c>$XDG_CACHE_HOME/compo</c>, <c>~/.cache/compo</c>, or the temporary folder, whichever can be written first.
/// </summary>
/// <param name="root">The folder that holds one folder a key.</param>
internal sealed class SampleCache(string root)
{
    /// <summary>The cache of the user who runs the process.</summary>
    /// <exception cref="StorageException">None of the places can be written.</exception>
    public static SampleCache OfUser() => new(FirstWritable(Candidates(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), Environment.GetEnvironmentVariable("HOME"), Path.GetTempPath(), Environment.UserName)));

    /// <summary>Where a cache may be, best first.</summary>
    /// <param name="cacheHome">XDG_CACHE_HOME; counts only when absolute, as its specification demands.</param>
    /// <param name="home">HOME.</param>
    /// <param name="temporary">The folder for temporary files.</param>
    /// <param name="user">Keeps users apart in the temporary folder.</param>
    internal static IEnumerable<string> Candidates(string? cacheHome, string? home, string temporary, string user)
    {
        if (Path.IsPathRooted(cacheHome))
            yield return Path.Combine(cacheHome, "compo");
        if (Path.IsPathRooted(home))
            yield return Path.Combine(home, ".cache", "compo");
        yield return Path.Combine(temporary, $"compo-{user}");
    }

    /// <summary>
    /// The folder of a key. It is made under a temporary name and renamed when complete, so an interrupted or a simultaneous
    /// run leaves either all of it or nothing.
    /// </summary>
    /// <param name="key">Names everything that decides the content.</param>
    /// <param name="make">Fills the folder it is given; called only when the key has none yet.</param>
    public string GetOrMake(string key, Action<string> make)
    {
        var folder = Path.Combine(root, key);
        if (Directory.Exists(folder))
            return folder;

        var unfinished = Path.Combine(root, $".{key}.{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(unfinished);
            make(unfinished);
            Directory.Move(unfinished, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was faster; what it made is the same.
        }
        finally
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
        }
        return folder;
    }

    private static string FirstWritable(IEnumerable<string> candidates)
    {
        var tried = new List<string>();
        foreach (var candidate in candidates)
        {
            try
            {
                Directory.CreateDirectory(candidate);
                var probe = Path.Combine(candidate, $".{Guid.NewGuid():N}");
                File.Create(probe, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
                return candidate;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                tried.Add(candidate);
            }
        }
        throw new StorageException($"No cache folder can be written (tried {string.Join(", ", tried)}); set XDG_CACHE_HOME to one that can.");
    }
}
