using System.Reflection;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using ComPO.Protocol.Serialization;

namespace ComPO.Protocol.Tests;

/// <summary>A message of each type, every member set to something that is not its default.</summary>
internal static class Samples
{
    public static IReadOnlyList<Type> MessageTypes { get; } =
        [.. typeof(IComPOMessage).Assembly.GetTypes().Where(type => type.IsClass && typeof(IComPOMessage).IsAssignableFrom(type))];

    public static IComPOMessage Of(Type type) => (IComPOMessage)Make(type, 1);

    /// <summary>The records that travel inside messages, and the messages themselves.</summary>
    public static IReadOnlyList<Type> Records { get; } =
        [.. typeof(IComPOMessage).Assembly.GetTypes().Where(type => type.IsClass && type.GetCustomAttribute<MemoryPack.MemoryPackableAttribute>() is not null)];

    private static object Make(Type type, int salt)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Make(inner, salt);
        if (type == typeof(string))
            return $"text {salt} ⊕";
        if (type.IsArray)
            return MakeArray(type.GetElementType()!, salt);
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(1)!;
        return type switch
        {
            _ when type == typeof(int) => salt,
            _ when type == typeof(long) => 1L << 40 | (long)salt,
            _ when type == typeof(bool) => true,
            _ when type == typeof(byte) => (byte)salt,
            _ when type == typeof(float) => salt + 0.5f,
            _ when type == typeof(double) => salt + 0.25,
            _ when type == typeof(UInt128) => new UInt128(7, (ulong)salt),
            _ when type == typeof(Int128) => new Int128(5, (ulong)salt),
            _ when type == typeof(Digest) => new Digest(new UInt128(9, (ulong)salt)),
            _ when type == typeof(HeadShape) => new HeadShape(64, salt),
            _ when type == typeof(PairLogProbabilities) => new PairLogProbabilities(-1.5, -salt),
            _ when type == typeof(LineSearchPoint) => new LineSearchPoint(salt, -2.5, -3.5),
            _ => MakeRecord(type, salt),
        };
    }

    private static object MakeRecord(Type type, int salt)
    {
        var constructor = type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select((parameter, i) => Make(parameter.ParameterType, salt + i))]);
    }

    private static Array MakeArray(Type element, int salt)
    {
        var array = Array.CreateInstance(element, 3);
        for (var i = 0; i < array.Length; i++)
            array.SetValue(Make(element, salt + i), i);
        return array;
    }

    /// <summary>Whether two values say the same, member by member.</summary>
    public static bool AreAlike(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (Array first, Array second) => first.Length == second.Length
            && Enumerable.Range(0, first.Length).All(i => AreAlike(first.GetValue(i), second.GetValue(i))),
        _ when Records.Contains(left.GetType()) => left.GetType() == right.GetType()
            && MessageGuard.Members(left.GetType()).All(member => AreAlike(member.GetValue(left), member.GetValue(right))),
        _ => left.Equals(right),
    };
}
