namespace ComPO.Admin.Prompt;

/// <summary>The lines that were typed before, in a file that its owner alone may read: paths and names of runs are nobody else's business.</summary>
internal sealed class LineHistory
{
    /// <summary>How many lines are remembered.</summary>
    public const int Capacity = 500;

    private readonly string? _path;
    private readonly List<string> _lines = [];

    /// <param name="path">The file; null for none.</param>
    public LineHistory(string? path)
    {
        _path = path;
        try
        {
            if (path is not null && File.Exists(path))
                _lines.AddRange(File.ReadLines(path).TakeLast(Capacity));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A console without its history is a console.
            _path = null;
        }
    }

    /// <summary>The lines, the last one at the end.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The file of the user who runs the process: history under compo in the folder for what programs remember.</summary>
    public static string PathOfUser()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } named
            ? named
            : OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "compo", "history");
    }

    /// <summary>Adds a line, unless it is the last one again.</summary>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || _lines.Count > 0 && _lines[^1] == line)
            return;
        _lines.Add(line);
        if (_lines.Count > Capacity)
            _lines.RemoveAt(0);
        if (_path is not null)
            Write(_path);
    }

    private void Write(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var unfinished = $"{path}.{Environment.ProcessId}";
            using (var file = new StreamWriter(unfinished, options))
            {
                foreach (var line in _lines)
                    file.WriteLine(line);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What cannot be remembered is forgotten when the console ends.
        }
    }
}
