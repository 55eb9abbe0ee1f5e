using System.Text;
using ComPO.Admin.Terminals;

namespace ComPO.Admin.Prompt;

/// <summary>
/// Reads a line that is edited while it is typed: with the keys of other shells, the lines that were typed before, and completion. A line longer
/// than the terminal is wide scrolls sideways, so that nothing has to be known of how the terminal wraps.
/// </summary>
/// <param name="keyboard">Where keys come from.</param>
/// <param name="output">The terminal; it understands ANSI sequences.</param>
/// <param name="history">The lines before.</param>
/// <param name="complete">The words that could stand where the last word of a text stands.</param>
internal sealed class LineEditor(Keyboard keyboard, TextWriter output, LineHistory history, Func<string, IReadOnlyList<string>> complete)
{
    private readonly StringBuilder _line = new();
    private string _prompt = "";
    private int _cursor;
    private int _place;
    private string _unfinished = "";

    /// <summary>Reads a line.</summary>
    /// <param name="prompt">What stands before it.</param>
    /// <returns>The line; null at the end of input: Ctrl-D or Ctrl-C on an empty line.</returns>
    public string? Read(string prompt)
    {
        (_prompt, _cursor, _place, _unfinished) = (prompt, 0, history.Lines.Count, "");
        _line.Clear();
        keyboard.Claim(isEditing: true);
        try
        {
            while (true)
            {
                Draw();
                var key = keyboard.Read();
                var isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
                switch (key.Key)
                {
                    case ConsoleKey.Enter:
                        output.WriteLine();
                        return _line.ToString();
                    case ConsoleKey.D when isControl && _line.Length == 0:
                    case ConsoleKey.C when isControl && _line.Length == 0:
                        output.WriteLine();
                        return null;
                    case ConsoleKey.C when isControl:
                        output.WriteLine("^C");
                        _line.Clear();
                        (_cursor, _place) = (0, history.Lines.Count);
                        break;
                    default:
                        Edit(key, isControl);
                        break;
                }
            }
        }
        finally
        {
            keyboard.Claim(isEditing: false);
        }
    }

    private void Edit(ConsoleKeyInfo key, bool isControl)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow when isControl:
                _cursor = WordBefore();
                break;
            case ConsoleKey.RightArrow when isControl:
                _cursor = WordAfter();
                break;
            case ConsoleKey.LeftArrow or ConsoleKey.B when isControl || key.Key == ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow or ConsoleKey.F when isControl || key.Key == ConsoleKey.RightArrow:
                _cursor = Math.Min(_line.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                _cursor = _line.Length;
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when isControl:
                Recall(_place - 1);
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when isControl:
                Recall(_place + 1);
                break;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when isControl:
                Remove(Math.Max(0, _cursor - 1), _cursor);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when isControl:
                Remove(_cursor, Math.Min(_line.Length, _cursor + 1));
                break;
            case ConsoleKey.W when isControl:
                Remove(WordBefore(), _cursor);
                break;
            case ConsoleKey.U when isControl:
                Remove(0, _cursor);
                break;
            case ConsoleKey.K when isControl:
                Remove(_cursor, _line.Length);
                break;
            case ConsoleKey.L when isControl:
                output.Write("\e[H\e[2J");
                break;
            case ConsoleKey.Tab:
                Complete();
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                    Insert(key.KeyChar.ToString());
                break;
        }
    }

    private void Insert(string text)
    {
        _line.Insert(_cursor, text);
        _cursor += text.Length;
    }

    private void Remove(int from, int to)
    {
        _line.Remove(from, to - from);
        _cursor = from;
    }

    // The line that was begun is kept behind the last of the history.
    private void Recall(int place)
    {
        if (place < 0 || place > history.Lines.Count)
            return;
        if (_place == history.Lines.Count)
            _unfinished = _line.ToString();
        _place = place;
        _line.Clear().Append(place < history.Lines.Count ? history.Lines[place] : _unfinished);
        _cursor = _line.Length;
    }

    private int WordBefore()
    {
        var at = _cursor;
        while (at > 0 && _line[at - 1] == ' ')
            at--;
        while (at > 0 && _line[at - 1] != ' ')
            at--;
        return at;
    }

    private int WordAfter()
    {
        var at = _cursor;
        while (at < _line.Length && _line[at] == ' ')
            at++;
        while (at < _line.Length && _line[at] != ' ')
            at++;
        return at;
    }

    // As much as all candidates have in common; they are listed when that is nothing new.
    private void Complete()
    {
        var before = _line.ToString(0, _cursor);
        var word = before[(before.LastIndexOf(' ') + 1)..];
        var candidates = complete(before);
        if (candidates.Count == 0)
            return;
        var common = candidates.Aggregate(Common);
        if (common.Length > word.Length)
            Insert(common[word.Length..]);
        if (candidates.Count == 1)
            Insert(" ");
        else if (common.Length == word.Length)
            output.Write($"\r\n{string.Join("  ", candidates)}\r\n");
    }

    private static string Common(string one, string other)
    {
        var length = 0;
        while (length < one.Length && length < other.Length && one[length] == other[length])
            length++;
        return one[..length];
    }

    private void Draw()
    {
        var room = Math.Max(8, keyboard.Width - _prompt.Length - 1);
        var first = Math.Max(0, _cursor - room);
        var shown = _line.ToString(first, Math.Min(room, _line.Length - first));
        output.Write($"\r\e[32m{_prompt}\e[0m{shown}\e[K\r\e[{_prompt.Length + _cursor - first}C");
        output.Flush();
    }
}
