using System.Text;

namespace ComPO.Torch.ChatTemplates;

/// <summary>
/// Jinja source in one form for all ways of writing it that render alike as <c>transformers</c> sets Jinja up (<c>trim_blocks</c>,
/// <c>lstrip_blocks</c>): white space that never reaches the output, quotes, and line breaks in quotes do not tell templates apart.
/// </summary>
internal static class TemplateText
{
    /// <summary>The one form.</summary>
    public static string Normalize(string source)
    {
        var normal = new StringBuilder(source.Length);
        var text = source.ReplaceLineEndings("\n");
        // A template's last line break is not part of it.
        if (text.EndsWith('\n')) text = text[..^1];
        for (var at = 0; at < text.Length;)
        {
            var open = NextTag(text, at);
            var between = text[at..open];
            if (open == text.Length)
            {
                normal.Append(between);
                break;
            }
            var close = EndOfTag(text, open);
            var (trimsLeft, trimsRight) = (text[open + 2] == '-', text[close - 3] == '-');
            var isBlock = text[open + 1] is '%' or '#';
            normal.Append(trimsLeft ? between.TrimEnd() : isBlock ? WithoutIndent(between) : between);
            if (text[open + 1] != '#') AppendTag(normal, text[open..(open + 2)], text[(open + 2)..(close - 2)].Trim('-'));
            at = close;
            if (trimsRight) while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            else if (isBlock && at < text.Length && text[at] == '\n') at++;
        }
        return normal.ToString();
    }

    private static int NextTag(string text, int from)
    {
        for (var at = from; at + 4 <= text.Length; at++)
            // A tag without an end is an error to Jinja: the rest is not looked at.
            if (text[at] == '{' && text[at + 1] is '{' or '%' or '#') return EndOfTag(text, at) > 0 ? at : text.Length;
        return text.Length;
    }

    private static int EndOfTag(string text, int open)
    {
        var closing = text[open + 1] == '{' ? "}}" : text[open + 1] + "}";
        char? quote = null;
        for (var at = open + 2; at + 1 < text.Length; at++)
        {
            if (quote is null && text.AsSpan(at).StartsWith(closing, StringComparison.Ordinal)) return at + 2;
            if (quote is null && text[open + 1] != '#' && text[at] is '\'' or '"') quote = text[at];
            else if (quote is not null && text[at] == '\\') at++;
            else if (text[at] == quote) quote = null;
        }
        return -1;
    }

    /// <summary>Spaces between the words of an expression do not count; what stands in quotes does.</summary>
    private static void AppendTag(StringBuilder normal, string opening, string expression)
    {
        normal.Append(opening);
        char? quote = null;
        for (var at = 0; at < expression.Length; at++)
        {
            var character = expression[at];
            if (quote is null)
            {
                if (char.IsWhiteSpace(character))
                {
                    var isBetweenWords = at > 0 && at + 1 < expression.Length && IsOfWord(expression[at - 1]) && IsOfWord(expression.AsSpan(at).TrimStart() is [var next, ..] ? next : ' ');
                    if (isBetweenWords) normal.Append(' ');
                    continue;
                }
                if (character is '\'' or '"') quote = character;
                normal.Append(character is '"' ? '\'' : character);
            }
            else if (character == '\\' && at + 1 < expression.Length)
            {
                normal.Append(character).Append(expression[++at]);
            }
            else if (character == quote)
            {
                quote = null;
                normal.Append('\'');
            }
            else
            {
                normal.Append(character switch { '\n' => "\\n", '\'' => "\\'", _ => character.ToString() });
            }
        }
        normal.Append(opening == "{{" ? "}}" : "%}");
    }

    private static bool IsOfWord(char character) => char.IsLetterOrDigit(character) || character is '_' or '\'' or '"';

    private static string WithoutIndent(string between)
    {
        var line = between.TrimEnd(' ', '\t');
        return line.Length == 0 || line[^1] == '\n' ? line : between;
    }
}
