using System.Globalization;

namespace ComPO.Torch.Tests.Fuzzing;

/// <summary>Readers against damaged files. The long run takes its number of cases for each kind of file from COMPO_FUZZ_CASES.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const ulong FirstOfLongRun = 1_000_000;

    /// <summary>The kinds of files.</summary>
    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Whole_files_are_read(string name)
    {
        var target = Target(name);
        // The templates of the seeds are made up, so that they are refused as unknown; the shards of an index are not there.
        if (name is "tokenizer_config.json" or "chat_template.jinja" or "index.json") return;
        foreach (var seed in target.Seeds) Assert.Equal(1, Fuzzer.Read(target, seed, "seed").Accepted);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_damaged_file_is_read_or_refused_with_a_sentence_in_bounded_memory_and_time(string name) => Report(name, Fuzzer.Run(Target(name), 0, 1500));

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Long")]
    public void Many_damaged_files_are_read_or_refused_likewise(string name) => Report(name, Fuzzer.Run(Target(name), FirstOfLongRun,
        long.Parse(Environment.GetEnvironmentVariable("COMPO_FUZZ_CASES") ?? "2000", CultureInfo.InvariantCulture)));

    [Fact]
    public void Files_that_readers_once_failed_on_are_read_or_refused_likewise()
    {
        var corpus = Path.Combine(Repository.Root, "tests", "ComPO.Torch.Tests", "Fuzzing", "Corpus");
        foreach (var target in FuzzTargets.All)
            foreach (var file in Directory.Exists(Path.Combine(corpus, target.Name)) ? Directory.GetFiles(Path.Combine(corpus, target.Name)) : [])
                Fuzzer.Read(target, File.ReadAllBytes(file), Path.GetFileName(file));
    }

    private static FuzzTarget Target(string name) => FuzzTargets.All.Single(target => target.Name == name);

    private void Report(string name, FuzzReport report) => output.WriteLine(
        $"{name}: {report.Cases} cases, {report.Accepted} read, {report.Refused} refused, at most {report.LargestAllocationBytes} bytes allocated and {report.Longest.TotalMilliseconds:F0} ms for one");
}
