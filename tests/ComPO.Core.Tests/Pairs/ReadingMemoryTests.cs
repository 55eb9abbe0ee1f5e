using ComPO.Core.Pairs;

namespace ComPO.Core.Tests.Pairs;

/// <summary>Measures the memory of the whole process, and so runs while no other test does.</summary>
[CollectionDefinition(nameof(ReadingMemoryTests), DisableParallelization = true)]
[Collection(nameof(ReadingMemoryTests))]
public sealed class ReadingMemoryTests
{
    private const string Line = """{"prompt":"Hello","chosen":" there.","rejected":" you."}""";

    [Theory]
    [InlineData("", "\n")]
    [InlineData("[", ",\n")]
    public void Neither_memory_nor_what_is_read_ahead_grows_with_the_file(string beginning, string between)
    {
        const int Third = 200_000;
        using var stream = new EndlessStream(beginning, Line + between);
        // From one third to the next, so that what earlier tests left is gone, and what is held once is there, before anything is compared.
        long? before = null;
        foreach (var row in PreferenceReader.Read(stream, "pairs").Take(3 * Third))
        {
            Assert.InRange(stream.Given - (row.Row + 1L) * (Line.Length + between.Length), 0, 1 << 17);
            if (row.Row % Third != Third - 1) continue;
            var held = GC.GetTotalMemory(forceFullCollection: true);
            Assert.InRange(held - (before ?? held), long.MinValue, 4 << 20);
            before = held;
        }
    }
}
