using System.Reflection;
using ComPO.Cluster.Persistence;
using ComPO.Cluster.Runs;

namespace ComPO.Cluster.Tests.Persistence;

public sealed class JournalContentTests
{
    // Bits of outcomes; events as bytes.
    private static readonly string[] Bytes = ["ReportedBlock.Outcomes", "RunSnapshot.Events"];

    [Fact]
    public void Neither_an_event_nor_a_snapshot_has_room_for_a_tensor()
    {
        var (types, bytes) = (new HashSet<Type>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var type in RunEventTable.Types.Append(typeof(RunSnapshot)))
            Visit(type, types, bytes);

        // It has looked into what they are made of.
        Assert.Contains(typeof(ReportedBlock), types);
        Assert.Contains(typeof(Protocol.SkippedCount), types);
        Assert.Equal(Bytes, bytes);
    }

    private static void Visit(Type type, HashSet<Type> seen, SortedSet<string> bytes)
    {
        if (!seen.Add(type))
            return;
        const BindingFlags members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var field in type.GetFields(members))
        {
            var (element, dimensions) = (Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType, 0);
            for (; element.IsArray; dimensions++)
                element = element.GetElementType()!;
            var name = $"{type.Name}.{field.Name.Split('<', '>').ElementAtOrDefault(1)}";
            if (dimensions > 0 && element == typeof(byte))
                bytes.Add(name);
            else
                Assert.False(dimensions > 0 && element.IsPrimitive, $"{name} is an array of {element.Name}: what can be a tensor does not belong in the journal.");
            if (element.Namespace!.StartsWith("ComPO", StringComparison.Ordinal) && !element.IsEnum)
                Visit(element, seen, bytes);
            else
                Assert.True(element.IsPrimitive || element.IsEnum || element == typeof(string) || element == typeof(UInt128), $"{name} holds {element}: say here why that is no tensor.");
        }
    }
}
