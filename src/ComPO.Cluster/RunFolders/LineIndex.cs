using System.Text;

namespace ComPO.Cluster.RunFolders;

/// <summary>Reads lines of a file by their numbers, and remembers where lines begin, so that reading on costs what is read.</summary>
/// <param name="path">The file; it may grow, but what is there stays.</param>
/// <param name="longest">The most bytes of a line.</param>
internal sealed class LineIndex(string path, int longest)
{
    private readonly List<long> _starts = [0];

    /// <summary>Some lines in their order, without their ends; fewer where the file ends.</summary>
    /// <exception cref="IOException">The file cannot be read, or has a line that is too long.</exception>
    public string[] Read(int first, int count)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16);
        var number = Math.Min(first, _starts.Count - 1);
        file.Position = _starts[number];
        var lines = new List<string>();
        using var line = new MemoryStream();
        for (; number < first + count && TakeLine(file, line); number++)
        {
            if (number >= first)
                lines.Add(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
            if (number + 1 == _starts.Count)
                _starts.Add(file.Position);
        }
        return [.. lines];
    }

    // What has no end yet is no line.
    private bool TakeLine(FileStream file, MemoryStream line)
    {
        line.SetLength(0);
        while (file.ReadByte() is >= 0 and var next)
        {
            if (next == '\n')
                return true;
            if (line.Length == longest)
                throw new IOException($"The line that begins at byte {file.Position - longest - 1} is longer than {longest} bytes");
            line.WriteByte((byte)next);
        }
        return false;
    }
}
