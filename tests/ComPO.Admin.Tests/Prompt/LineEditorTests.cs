using ComPO.Admin.Commands;
using ComPO.Admin.Prompt;
using ComPO.Admin.Terminals;

namespace ComPO.Admin.Tests.Prompt;

public sealed class LineEditorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("status⏎", "status")]
    [InlineData("satus←←←←t⏎", "status")]
    [InlineData("xstatus⇱⌦⏎", "status")]
    [InlineData("stop --run⌫⌫⌫⌫⌫⏎", "stop ")]
    [InlineData("stop oneW⏎", "stop ")]
    [InlineData("stop oneU⏎", "")]
    [InlineData("stop one⇱Kx⏎", "x")]
    [InlineData("stopCstatus⏎", "status")]
    [InlineData("↑⏎", "second")]
    [InlineData("↑↑↑⏎", "first")]
    [InlineData("be↑↓gun⏎", "begun")]
    [InlineData("cl⇥sh⇥⏎", "cluster show ")]
    [InlineData("sta⇥⏎", "sta")]
    [InlineData("start --space ⇥r⇥⏎", "start --space row ")]
    [InlineData("help ac⇥⏎", "help actor ")]
    [InlineData("D", null)]
    [InlineData("C", null)]
    public void Keys_edit_the_line(string keys, string? expected)
    {
        var history = new LineHistory(null);
        history.Add("first");
        history.Add("second");
        Assert.Equal(expected, Editor(keys, history, TextWriter.Null).Read("> "));
    }

    [Fact]
    public void Candidates_are_listed_when_there_are_several()
    {
        using var output = new StringWriter();
        Editor("sta⇥⏎", new LineHistory(null), output).Read("> ");
        Assert.Contains("\r\nstart  status\r\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_the_terminal_scrolls_with_the_cursor()
    {
        using var output = new StringWriter();
        var line = string.Concat(Enumerable.Range(0, 60).Select(i => (char)('a' + i % 26)));
        Assert.Equal(line, Editor(line + "⏎", new LineHistory(null), output).Read("> "));
        var last = output.ToString().Split('\r')[^2];
        Assert.Equal($"\e[32m> \e[0m{line[^37..]}\e[K", last);
    }

    [Fact]
    public void Options_of_the_command_are_completed()
    {
        Assert.Equal(["--run"], Completion.Of("watch --r"));
        Assert.Contains("--density", Completion.Of("start --d"));
        Assert.Contains("--contact", Completion.Of("status --"));
        Assert.Empty(Completion.Of("status now"));
        Assert.Equal(["down", "down-unreachable"], Completion.Of("cluster d"));
    }

    [Fact]
    public void Every_word_and_option_of_the_table_is_completed()
    {
        foreach (var row in CommandTable.Rows)
        {
            var typed = "";
            foreach (var word in row.Name.Split(' '))
            {
                Assert.Contains(word, Completion.Of(typed + word[..1]));
                Assert.Contains(word, Completion.Of("help " + typed));
                typed += word + " ";
            }
            Assert.Equal(row.Options.Concat(SharedOptions.All).Select(option => option.Name).Append("--help").Order(StringComparer.Ordinal), Completion.Of(typed + "--"));
        }
    }

    [Fact]
    public void What_was_typed_is_remembered_by_its_owner_alone()
    {
        var path = Path.Combine(_folder, "deep", "history");
        var first = new LineHistory(path);
        for (var i = 0; i < LineHistory.Capacity + 2; i++)
            first.Add($"line {i}");
        first.Add("line 501");
        first.Add(" ");

        var second = new LineHistory(path);
        Assert.Equal((LineHistory.Capacity, "line 2", "line 501"), (second.Lines.Count, second.Lines[0], second.Lines[^1]));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(["history"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!).Select(file => Path.GetFileName(file)));
    }

    private static LineEditor Editor(string keys, LineHistory history, TextWriter output) => new(new TypedKeys(keys), output, history, Completion.Of);

    // Signs stand for keys; a capital letter is that letter with Ctrl.
    private sealed class TypedKeys(string keys) : Keyboard
    {
        private int _next;

        public override int Width => 40;

        public override ConsoleKeyInfo Read()
        {
            var sign = keys[_next++];
            return sign switch
            {
                '⏎' => Key(ConsoleKey.Enter),
                '←' => Key(ConsoleKey.LeftArrow),
                '↑' => Key(ConsoleKey.UpArrow),
                '↓' => Key(ConsoleKey.DownArrow),
                '⇱' => Key(ConsoleKey.Home),
                '⌦' => Key(ConsoleKey.Delete),
                '⌫' => Key(ConsoleKey.Backspace),
                '⇥' => Key(ConsoleKey.Tab),
                >= 'A' and <= 'Z' => new ConsoleKeyInfo((char)(sign - 'A' + 1), (ConsoleKey)sign, false, false, control: true),
                _ => new ConsoleKeyInfo(sign, char.IsAsciiLetter(sign) ? (ConsoleKey)char.ToUpperInvariant(sign) : ConsoleKey.Oem1, false, false, false),
            };
        }

        private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);
    }
}
