namespace ComPO.Protocol;

/// <summary>The most characters of a text, bytes of a byte array or elements of an array that a receiver takes.</summary>
/// <param name="count">The bound, inclusive.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AtMostAttribute(int count) : Attribute
{
    /// <summary>The bound, inclusive.</summary>
    public int Count { get; } = count;

    /// <summary>The most characters of each text inside an array of texts.</summary>
    public int EachCount { get; init; } = Limits.Sentence;
}
