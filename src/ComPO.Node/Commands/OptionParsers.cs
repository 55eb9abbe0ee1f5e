using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ComPO.Node.Commands;

/// <summary>Checks of option values, so that a wrong one is refused by the command line with the option's name.</summary>
internal static class OptionParsers
{
    /// <summary>The option takes whole numbers from <paramref name="lowest"/> to <paramref name="highest"/>.</summary>
    public static Option<T> InRange<T>(this Option<T> option, long lowest, long highest)
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < lowest || number > highest)
                    result.AddError($"Option {option.Name} is '{token.Value}'; expected a whole number from {lowest} to {highest}");
            }
        });
        return option;
    }

    /// <summary>The option takes one of the given words.</summary>
    public static Option<T> AcceptingOnly<T>(this Option<T> option, params string[] words) =>
        option.Matching($"^({string.Join('|', words)})$", string.Join(", ", words[..^1]) + " or " + words[^1]);

    /// <summary>The option takes values that match a pattern, which <paramref name="expected"/> describes.</summary>
    public static Option<T> Matching<T>(this Option<T> option, string pattern, string expected) => option.Where(value => Regex.IsMatch(value, pattern), expected);

    /// <summary>The option takes values that are as <paramref name="expected"/> says.</summary>
    public static Option<T> Where<T>(this Option<T> option, Predicate<string> isGood, string expected)
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !isGood(token.Value)))
                result.AddError($"Option {option.Name} is '{token.Value}'; expected {expected}");
        });
        return option;
    }

    /// <summary>The value of the argument as words separated by commas, each known and given once.</summary>
    public static string[] SplitWords(this ArgumentResult result, string option, IReadOnlyList<string> known)
    {
        var words = result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)).ToArray();
        if (words.Distinct().Count() < words.Length || words.Except(known).Any())
            result.AddError($"Option {option} is '{string.Join(',', words)}'; expected {string.Join(" or ", known)}, or both separated by a comma");
        return words;
    }
}
