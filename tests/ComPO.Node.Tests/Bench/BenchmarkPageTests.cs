using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ComPO.Benchmarks;
using ComPO.Node.Commands;

namespace ComPO.Node.Tests.Bench;

/// <summary>
/// The commands of the benchmarks' page: that there are such, and that they do at a tiny size what they do at theirs. What counts iterations or processor time
/// counts those of the whole process, and so nothing else runs meanwhile.
/// </summary>
[CollectionDefinition(nameof(BenchmarkPageTests), DisableParallelization = true)]
[Collection(nameof(BenchmarkPageTests))]
public sealed partial class BenchmarkPageTests
{
    private static readonly Dictionary<string, string> TinySize = new(StringComparer.Ordinal)
    {
        ["--vocab"] = "700", ["--hidden"] = "48", ["--chosen"] = "9", ["--rejected"] = "7", ["--answer"] = "4", ["--perturbations"] = "20", ["--sample"] = "20",
        ["--iterations"] = "6", ["--rounds"] = "1", ["--trainers"] = "3", ["--blocks"] = "20", ["--block-seconds"] = "0.01",
    };

    // What is left out here has no tiny size: models of 7B and more, BenchmarkDotNet's jobs, other processes and minutes of looking on.
    private static readonly Dictionary<string, string[]> Measured = new(StringComparer.Ordinal)
    {
        ["probe"] = ["secondsPerPerturbation", "gemmSeconds", "noiseSeconds", "expSeconds", "ratio", "float64Agreement", "threads", "precision", "peakMemoryBytes"],
        ["tally"] = ["secondsPerPerturbation", "gemmSeconds", "noiseSeconds", "expSeconds", "ratio", "threads", "precision", "peakMemoryBytes", "seconds"],
        ["side-by-side"] = ["the authors' procedure, Float32", "the authors' procedure, BFloat16", "ComPO.NET, Full space, Float32", "ComPO.NET, Row  space, BFloat16"],
        ["two-trainers"] = ["one trainer of one thread", "two trainers of one thread", "speed-up"],
        ["trainer-memory"] = ["the head", "peak of the process"],
        ["bare-loop"] = ["bare loop", "one-process cluster", "overhead"],
        ["simulate"] = ["of a core per 100 trainers", "the run ended as Completed"],
    };

    public static TheoryData<string> OfTheNode => [.. Commands().Distinct().Where(line => line.StartsWith("$NODE", StringComparison.Ordinal) && Measured.ContainsKey(NameOf(line)))];

    public static TheoryData<string> OfTheBenchmarks => [.. Commands().Distinct().Where(line => line.StartsWith("$BENCH", StringComparison.Ordinal) && Measured.ContainsKey(NameOf(line)))];

    [Fact]
    public void The_page_has_every_benchmark_and_none_that_is_not()
    {
        Assert.All(Commands(), line => Assert.Empty(Parse(line).Errors));
        var benchmarks = CommandLine.Build().Subcommands.Single(command => command.Name == "bench").Subcommands.Concat(BenchmarkCommands.Build().Subcommands);
        Assert.Equal(benchmarks.Select(command => command.Name).Order(), Commands().Select(NameOf).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(OfTheNode))]
    public async Task What_a_node_measures_has_its_fields_in_text_and_in_json(string line)
    {
        var fields = Measured[NameOf(line)];

        var json = JsonDocument.Parse(await RunAsync(line, "--json")).RootElement;
        Assert.Equal(fields, json.EnumerateObject().Select(field => field.Name));
        var text = (await RunAsync(line)).Split('\n').Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(row => row.Length == 2).ToDictionary(row => row[0], row => row[1]);
        Assert.All(fields.Where(field => field is not ("precision" or "seconds")), field => Assert.True(double.Parse(text[field], CultureInfo.InvariantCulture) > 0));
        Assert.Equal(json.GetProperty("precision").GetString(), text["precision"]);
    }

    [Theory]
    [MemberData(nameof(OfTheBenchmarks))]
    public async Task What_the_benchmarks_measure_is_printed(string line)
    {
        var text = await RunAsync(line);

        Assert.All(Measured[NameOf(line)], name => Assert.Contains(name, text, StringComparison.Ordinal));
    }

    // Both the commands themselves and those of which only the end is written out, after the one before.
    private static IEnumerable<string> Commands()
    {
        var start = "";
        foreach (Match written in Written().Matches(File.ReadAllText(Path.Combine(Repository.Root, "tests", "ComPO.Benchmarks", "README.md"))))
        {
            var line = written.Groups[1].Value;
            if (line[0] == '…')
                line = start + line[1..];
            var words = line.Split(' ');
            start = string.Join(' ', words.Take(words[0] == "$NODE" ? 3 : 2));
            yield return line;
        }
    }

    private static string NameOf(string line) => line.Split(' ')[line[1] == 'N' ? 2 : 1];

    private static ParseResult Parse(string line) => RootOf(line).Parse([.. Words(line)]);

    private static RootCommand RootOf(string line) => line[1] == 'N' ? CommandLine.Build() : BenchmarkCommands.Build();

    private static IEnumerable<string> Words(string line) => CommandLineParser.SplitCommandLine(line.Replace('\'', '"')).Skip(1);

    private static async Task<string> RunAsync(string line, params string[] others)
    {
        List<string> words = [.. Words(line), .. others];
        foreach (var option in Parse(line).CommandResult.Command.Options.Where(option => TinySize.ContainsKey(option.Name)))
        {
            if (words.IndexOf(option.Name) is >= 0 and var at)
                words.RemoveRange(at, 2);
            words.AddRange([option.Name, TinySize[option.Name]]);
        }
        using var output = new StringWriter();
        Assert.Equal(0, await RootOf(line).Parse(words).InvokeAsync(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken));
        return output.ToString();
    }

    [GeneratedRegex("`((?:\\$NODE bench|\\$BENCH|…) [^`]+)`")]
    private static partial Regex Written();
}
