namespace ComPO.Dashboard.Runs;

/// <summary>The mean of some numbers, which may be none.</summary>
public readonly record struct Mean(double Sum, int Count)
{
    /// <summary>The mean; null of none.</summary>
    public double? Value => Count == 0 ? null : Sum / Count;

    /// <summary>Of one number, or of none.</summary>
    public static Mean Of(double? number) => number is { } value ? new Mean(value, 1) : default;

    /// <summary>Of the numbers of both.</summary>
    public static Mean operator +(Mean left, Mean right) => new(left.Sum + right.Sum, left.Count + right.Count);
}
