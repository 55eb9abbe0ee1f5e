namespace ComPO.Core.Pairs;

/// <summary>
/// Finds the prompt that two answers share when a row has none of its own, exactly as TRL's
/// <c>extract_prompt</c> does: what both begin with, character by character or turn by turn.
/// </summary>
public static class ImplicitPrompt
{
    /// <summary>Splits two texts; a space before the first difference goes to the answers.</summary>
    public static (string Prompt, string Chosen, string Rejected) Split(string chosen, string rejected)
    {
        var at = FirstDifference<char>(chosen, rejected);
        if (at > 0 && at < Math.Min(chosen.Length, rejected.Length) && chosen[at] != rejected[at] && chosen[at - 1] == ' ')
            at--;
        return (chosen[..at], chosen[at..], rejected[at..]);
    }

    /// <summary>Splits two conversations.</summary>
    public static (Turn[] Prompt, Turn[] Chosen, Turn[] Rejected) Split(Turn[] chosen, Turn[] rejected)
    {
        var at = FirstDifference<Turn>(chosen, rejected);
        return (chosen[..at], chosen[at..], rejected[at..]);
    }

    // Where one is the whole beginning of the other, TRL's loop ends on the last element that both have and
    // leaves it to the answers, so that neither is empty.
    private static int FirstDifference<T>(ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected) where T : IEquatable<T>
    {
        var shorter = Math.Min(chosen.Length, rejected.Length);
        var common = chosen.CommonPrefixLength(rejected);
        return common < shorter ? common : Math.Max(0, shorter - 1);
    }
}
