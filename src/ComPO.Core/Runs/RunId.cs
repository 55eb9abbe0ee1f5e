using System.Buffers;
using ComPO.Core.Errors;

namespace ComPO.Core.Runs;

/// <summary>The name of a run: 1 to 64 letters, digits, dots, dashes or underscores, not beginning with a dot.</summary>
public readonly record struct RunId
{
    private const int Longest = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Makes a name of a text.</summary>
    /// <exception cref="UsageException">It cannot be the name of a run, and so of a folder.</exception>
    public RunId(string value)
    {
        if (value.Length is 0 or > Longest || value[0] == '.' || value.AsSpan().ContainsAnyExcept(Allowed))
            throw new UsageException(
                $"--run '{value}' cannot be the name of a run: expected 1 to {Longest} letters, digits, dots, dashes or underscores, not beginning with a dot.");
        Value = value;
    }

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Value;
}
