namespace ComPO.Core.Pairs;

/// <summary>
/// Finds the prompt that two answers share when a row has none of its own, exactly as TRL's
/// <c>extract_prompt</c> does: what both begin with, character by character or turn by turn.
/// </summary>
public static class ImplicitPrompt
{
    /// <summary>Splits two texts; a space before the first difference goes to the answers.</summary>
    /// <remarks>
    /// Texts that differ from the first character on have no prompt. (TRL looks for a space in front of that one too, which to Python is
    /// the last character of the chosen text, and where it finds one calls all of that text but the space the prompt.)
    /// </remarks>
    public static (string Prompt, string Chosen, string Rejected) Split(string chosen, string rejected)
    {
        var (at, differs) = FirstDifference<char>(chosen, rejected);
        // Python's characters are whole ones; two that .NET writes as two halves may have the first half in common.
        if (at > 0 && (IsSecondHalf(chosen, at) || IsSecondHalf(rejected, at))) at--;
        if (at > 0 && differs && chosen[at - 1] == ' ') at--;
        return (chosen[..at], chosen[at..], rejected[at..]);
    }

    /// <summary>Splits two conversations.</summary>
    public static (Turn[] Prompt, Turn[] Chosen, Turn[] Rejected) Split(Turn[] chosen, Turn[] rejected)
    {
        var (at, _) = FirstDifference<Turn>(chosen, rejected);
        return (chosen[..at], chosen[at..], rejected[at..]);
    }

    // Where one is the whole beginning of the other, TRL's loop ends on the last element that both have and
    // leaves it to the answers, so that neither is empty.
    private static (int At, bool Differs) FirstDifference<T>(ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected) where T : IEquatable<T>
    {
        var shorter = Math.Min(chosen.Length, rejected.Length);
        var common = chosen.CommonPrefixLength(rejected);
        return common < shorter ? (common, true) : (Math.Max(0, shorter - 1), false);
    }

    private static bool IsSecondHalf(string text, int at) => at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);
}
