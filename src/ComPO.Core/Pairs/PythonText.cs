namespace ComPO.Core.Pairs;

/// <summary>Stripping as Python's <c>str</c> does, which TRL and Jinja's <c>trim</c> rely on: it counts four separators (U+001C to U+001F) as white space that .NET does not.</summary>
public static class PythonText
{
    /// <summary>The text without white space at its ends: <c>str.strip</c>.</summary>
    public static string Strip(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        return StripEnd(text[start..]);
    }

    /// <summary>The text without white space behind it: <c>str.rstrip</c>.</summary>
    public static string StripEnd(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    private static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';
}
