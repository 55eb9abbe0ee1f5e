namespace ComPO.Torch.ChatTemplates;

/// <summary>Jinja's <c>trim</c>, which is Python's <c>str.strip</c>.</summary>
internal static class TextStripping
{
    /// <summary>The text without white space at its ends; Python counts four separators (U+001C to U+001F) that .NET does not.</summary>
    public static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];
    }

    private static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';
}
