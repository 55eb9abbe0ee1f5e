namespace ComPO.Cluster.Stores;

/// <summary>
/// A folder of files that can all be made again, held to a number of bytes: the file that was not used for longest goes first. Processes may share
/// it, because a file is written under another name and then put in its place: it is there whole or not at all. What cannot be read is not there;
/// what cannot be written is told once, and made again another time.
/// </summary>
/// <param name="path">The folder, made when something is first written.</param>
/// <param name="mostBytes">The quota; 0 keeps nothing. Processes that share the folder may exceed it by a sixteenth each for a while.</param>
/// <param name="complain">Told the sentence when nothing can be written.</param>
internal sealed class QuotaFolder(string path, long mostBytes, Action<string> complain)
{
    private readonly Lock _gate = new();
    private bool _hasComplained;
    private long _total;
    private long _unseen = long.MaxValue;

    /// <summary>The quota.</summary>
    public long MostBytes => mostBytes;

    /// <summary>Where a file lies, or would.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>The files that are there.</summary>
    public IEnumerable<FileInfo> Files => Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles() : [];

    /// <summary>The bytes of a file, unchecked, which count as used now; null when it is not there.</summary>
    public byte[]? TryRead(string name)
    {
        try
        {
            var bytes = File.ReadAllBytes(Path.Combine(path, name));
            TryTouch(name);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Has a file count as used now; false when it is not there.</summary>
    public bool TryTouch(string name)
    {
        try
        {
            File.SetLastWriteTimeUtc(Path.Combine(path, name), DateTime.UtcNow);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes a file, unless it alone would exceed the quota; then makes room.</summary>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > mostBytes)
            return;
        var file = Path.Combine(path, name);
        var unfinished = $"{file}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllBytes(unfinished, bytes);
            File.Move(unfinished, file, overwrite: true);
            MakeRoom(bytes.Length, file);
        }
        catch (FileNotFoundException)
        {
            // Another process was short of room and has taken it away before it was whole.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(unfinished);
            if (!Interlocked.Exchange(ref _hasComplained, true))
                complain($"The folder {path} cannot be written ({exception.Message}), so what is computed is not kept for later runs.");
        }
    }

    /// <summary>Takes a file away, if it is there.</summary>
    public void Delete(string name) => TryDelete(Path.Combine(path, name));

    // The folder is looked through at the first write, and then only when it may be too full by what was seen and what was written since.
    private void MakeRoom(long written, string newest)
    {
        lock (_gate)
        {
            _total += written;
            _unseen = Math.Min(_unseen, long.MaxValue - written) + written;
            if (_total <= mostBytes && _unseen < mostBytes / 16)
                return;
            var files = Files.Select(file => (file.FullName, file.LastWriteTimeUtc, Length: LengthOf(file))).OrderBy(file => file.LastWriteTimeUtc).ToList();
            _total = files.Sum(file => file.Length);
            _unseen = 0;
            // What was unfinished when its process was killed grows old and goes like any other.
            foreach (var file in files.Where(file => file.FullName != newest))
            {
                if (_total <= mostBytes)
                    break;
                TryDelete(file.FullName);
                _total -= file.Length;
            }
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Another process has just taken it away.
            return 0;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else has it open or has taken it away; it goes another time.
        }
    }
}
