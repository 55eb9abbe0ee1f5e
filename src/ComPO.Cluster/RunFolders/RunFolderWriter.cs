using System.Text;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Core.Telemetry;

namespace ComPO.Cluster.RunFolders;

/// <summary>
/// One run's folder on disk. What it has returned from is there after a crash; a log has whole lines but perhaps for its last, any other file is there
/// whole or not at all. Until its first iteration is in the log, all that it made can be taken back. No actor; it waits for the disk.
/// </summary>
internal sealed class RunFolderWriter(string folder) : IDisposable
{
    private readonly List<string> _createdFolders = [];
    private readonly List<string> _createdFiles = [];
    private FileStream? _log;
    private int _logLines;
    private bool _isForGood;

    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>The file of a pair's features, which may not be there.</summary>
    public string FeaturesPath(Digest digest) => Path.Combine(folder, RunFiles.Features, RunFiles.FeaturesOf(digest));

    /// <summary>Makes the folder and an empty log, or nothing at all.</summary>
    /// <exception cref="StorageException">It holds a run or a model already.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Open()
    {
        try
        {
            Make();
        }
        catch
        {
            Discard();
            throw;
        }
    }

    /// <summary>Makes the folder again as it should be; what it has beyond that was never decided.</summary>
    /// <param name="log">The lines of the log.</param>
    /// <param name="evaluations">The lines of the evaluations.</param>
    /// <param name="skipped">The lines of the rows that were left out.</param>
    /// <returns>The features that it holds.</returns>
    /// <exception cref="StorageException">It holds another run.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public IReadOnlyList<Digest> Restore(IReadOnlyList<string> log, IReadOnlyList<string> evaluations, IReadOnlyList<string> skipped)
    {
        RefuseForeign(log);
        if ((_logLines = log.Count) > 1)
            KeepForGood();
        var features = Path.Combine(folder, RunFiles.Features);
        CreateFolder(features);
        // The run made these before a failover, so they are its to take back.
        if (!_isForGood)
            _createdFolders.AddRange(((string[])[folder, features]).Except(_createdFolders));
        var held = new List<Digest>();
        foreach (var path in Directory.EnumerateFiles(features, "*.safetensors"))
        {
            // Somebody may have put a copy beside them.
            if (!Digest.TryParse(Path.GetFileNameWithoutExtension(path), out var digest))
                continue;
            Note(path);
            held.Add(digest);
        }
        _log?.Dispose();
        _log = null;
        WriteLines(RunFiles.Log, log);
        foreach (var (name, lines) in ((string, IReadOnlyList<string>)[])[(RunFiles.Evaluations, evaluations), (RunFiles.Skipped, skipped)])
        {
            if (lines.Count > 0 || File.Exists(Path.Combine(folder, name)))
                WriteLines(name, lines);
        }
        _log = new FileStream(Path.Combine(folder, RunFiles.Log), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return held;
    }

    /// <summary>Adds a line to the log, the evaluations or the rows left out, or several at once to the last.</summary>
    /// <exception cref="IOException">It cannot be written; the file is as it was.</exception>
    public void Append(string name, string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        if (name == RunFiles.Log)
        {
            Write(_log!, bytes);
            if (++_logLines > 1)
                KeepForGood();
            MeasureDisk();
            return;
        }
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
            Note(path);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Write(file, bytes);
    }

    /// <summary>Writes a pair's features.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void StoreFeatures(Digest digest, byte[] bytes) => WriteWhole(FeaturesPath(digest), bytes);

    /// <summary>Writes how the run ended.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void WriteResult(string json) => WriteWhole(Path.Combine(folder, RunFiles.Result), Encoding.UTF8.GetBytes(json + "\n"));

    /// <summary>Takes back all that it made, if no iteration is in the log; what others have put there stays.</summary>
    public void Discard()
    {
        Dispose();
        try
        {
            foreach (var file in _createdFiles)
                File.Delete(file);
            foreach (var created in Enumerable.Reverse(_createdFolders))
                Directory.Delete(created);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something else has been put there meanwhile; it is not this run's to remove.
        }
    }

    // Seeds without a disk that they share each have what lies at this path on theirs. A header without an iteration is no more than settings.
    private void RefuseForeign(IReadOnlyList<string> log)
    {
        var path = Path.Combine(folder, RunFiles.Log);
        if (!File.Exists(path))
            return;
        var there = File.ReadLines(path).Take(2).ToList();
        if (there.Count == 2 && (log.Count == 0 || there[0] != log[0]))
            throw new StorageException($"The run folder {folder} holds the log of another run on this node's disk; move it away, then resume the run.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log?.Dispose();
        _log = null;
    }

    private void Make()
    {
        var log = Path.Combine(folder, RunFiles.Log);
        if (File.Exists(log))
            throw new StorageException($"The run folder {folder} already holds a run; choose another with --output, or move it away.");
        if (Path.Exists(Path.Combine(folder, RunFiles.Model)))
            throw new StorageException($"The run folder {folder} already holds a model; choose another with --output, or move it away.");
        CreateFolder(Path.Combine(folder, RunFiles.Features));
        // Made anew or not at all, so that two supervisors never share a log.
        _log = new FileStream(log, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Note(log);
    }

    private void WriteLines(string name, IReadOnlyList<string> lines) =>
        WriteWhole(Path.Combine(folder, name), Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    // One after the other from the top, so that it is known which to take back.
    private void CreateFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is { } parent)
            CreateFolder(parent);
        Directory.CreateDirectory(path);
        if (!_isForGood)
            _createdFolders.Add(path);
    }

    private void Note(params ReadOnlySpan<string> files)
    {
        if (!_isForGood)
            _createdFiles.AddRange(files);
    }

    // The header alone is no more than the settings; what an iteration has come to is never taken back.
    private void KeepForGood()
    {
        _isForGood = true;
        _createdFiles.Clear();
        _createdFolders.Clear();
    }

    // One write, so that a crash leaves whole lines but perhaps for the last, and flushed to the disk before it counts. A full disk takes part of a
    // line, which is taken back.
    private static void Write(FileStream file, byte[] line)
    {
        var length = file.Length;
        try
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }

    private void WriteWhole(string path, byte[] bytes)
    {
        var temporary = path + ".part";
        Note(path, temporary);
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (IOException)
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void MeasureDisk()
    {
        if (!Instruments.DiskFree.Enabled)
            return;
        var drive = new DriveInfo(folder);
        Instruments.DiskFree.Record(drive.AvailableFreeSpace);
        Instruments.DiskSize.Record(drive.TotalSize);
    }
}
