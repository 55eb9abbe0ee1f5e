using System.Globalization;
using System.Text.Json;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Updates;
using ComPO.Node.Bench;
using ComPO.Node.Commands;
using ComPO.Node.Tests.Commands;
using ComPO.Torch.Benchmarks;
using ComPO.Torch.Heads;

namespace ComPO.Node.Tests.Bench;

/// <summary>The benchmarks at a tiny size: their names, and that their numbers can be.</summary>
public sealed class BenchTests
{
    private const string Tiny = "--vocab 700 --hidden 48 --chosen 9 --rejected 7 --threads 1 --json";

    [Theory]
    [InlineData("row", "bf16", "cpu")]
    [InlineData("row", "fp32", "cpu")]
    [InlineData("full", "bf16", "cpu")]
    [InlineData("full", "fp32", "cpu")]
    [InlineData("row", "bf16", "tensor")]
    [InlineData("full", "fp32", "tensor")]
    public async Task A_probe_is_timed_beside_its_parts_and_agrees_with_float64(string space, string precision, string engine)
    {
        var answer = await RunAsync($"bench probe {Tiny} --perturbations 20 --sample 300 --space {space} --precision {precision} --engine {engine}");

        Assert.Equal(
            ["secondsPerPerturbation", "gemmSeconds", "noiseSeconds", "expSeconds", "ratio", "float64Agreement", "threads", "precision", "peakMemoryBytes"],
            answer.EnumerateObject().Select(value => value.Name));
        Assert.All(
            ["secondsPerPerturbation", "gemmSeconds", "noiseSeconds", "expSeconds", "ratio"],
            name => Assert.InRange(answer.GetProperty(name).GetDouble(), 1e-9, 1e4));
        // The ratio is the median of rounds, each of both, and not of the medians; it is near theirs all the same.
        Assert.InRange(
            answer.GetProperty("ratio").GetDouble() * answer.GetProperty("gemmSeconds").GetDouble() / answer.GetProperty("secondsPerPerturbation").GetDouble(), 0.2, 5);
        Assert.InRange(answer.GetProperty("float64Agreement").GetDouble(), 0.99, 1);
        Assert.Equal(1, answer.GetProperty("threads").GetInt32());
        Assert.Equal(precision, answer.GetProperty("precision").GetString());
        Assert.InRange(answer.GetProperty("peakMemoryBytes").GetInt64(), 10_000_000, 1L << 40);
    }

    [Theory]
    [InlineData("row", 1)]
    [InlineData("full", 3)]
    public async Task One_perturbation_is_enough_on_any_number_of_threads(string space, int threads)
    {
        var size = $"--vocab 130 --hidden 16 --chosen 3 --rejected 2 --perturbations 1 --space {space} --threads {threads} --json";

        Assert.Equal(threads, (await RunAsync($"bench probe {size} --sample 1")).GetProperty("threads").GetInt32());
        Assert.Equal(threads, (await RunAsync($"bench tally {size}")).GetProperty("threads").GetInt32());
        foreach (var kind in new[] { PerturbationSpaceKind.Row, PerturbationSpaceKind.Full })
        {
            var question = new IterationQuestion(new HeadShape(130, 16), null, 5e-4, 3, 2, 1, kind, threads, HeadPrecision.BFloat16);
            Assert.Equal(1, IterationBench.Run(question, TestContext.Current.CancellationToken).Perturbations);
        }
    }

    [Fact]
    public async Task A_tally_is_timed_beside_its_noise()
    {
        var answer = await RunAsync($"bench tally {Tiny} --perturbations 40");

        Assert.Equal(
            ["secondsPerPerturbation", "gemmSeconds", "noiseSeconds", "expSeconds", "ratio", "threads", "precision", "peakMemoryBytes", "seconds"],
            answer.EnumerateObject().Select(value => value.Name));
        var seconds = answer.GetProperty("seconds");
        Assert.Equal(["total", "tally", "lift", "threshold"], seconds.EnumerateObject().Select(value => value.Name));
        Assert.Equal(seconds.GetProperty("tally").GetDouble() / 40, answer.GetProperty("secondsPerPerturbation").GetDouble(), 1e-12);
        Assert.Equal(
            answer.GetProperty("secondsPerPerturbation").GetDouble() / answer.GetProperty("noiseSeconds").GetDouble(), answer.GetProperty("ratio").GetDouble(), 1e-9);
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Row, null)]
    [InlineData(PerturbationSpaceKind.Full, 30.0)]
    public void An_iteration_names_its_parts_and_they_add_up(PerturbationSpaceKind space, double? cap)
    {
        var question = new IterationQuestion(new HeadShape(700, 48), cap, 5e-4, 9, 7, 50, space, 1, HeadPrecision.Float32);
        using var output = new StringWriter();
        BenchCommand.Print(output, IterationBench.Run(question, TestContext.Current.CancellationToken), asJson: true);
        var answer = JsonDocument.Parse(output.ToString()).RootElement;

        Assert.Equal(["seconds", "perturbations", "peakMemoryBytes", "bytesPerTrainer"], answer.EnumerateObject().Select(value => value.Name));
        var parts = answer.GetProperty("seconds").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetDouble());
        Assert.Equal(["total", "prepare", "probe", "tally", "lift", "threshold", "lineSearch", "update"], parts.Keys);
        Assert.Equal(parts["total"], parts.Where(part => part.Key != "total").Sum(part => part.Value), 1e-9);
        Assert.All(parts.Values, part => Assert.InRange(part, 1e-9, 1e4));
        Assert.Equal(50, answer.GetProperty("perturbations").GetInt32());
        // Hidden states and 50 bits at least.
        Assert.InRange(answer.GetProperty("bytesPerTrainer").GetInt64(), 15 * 48 * 4 + 7, 1 << 20);
    }

    [Fact]
    public void An_iteration_as_text_has_its_parts_and_its_probes_beside_theirs()
    {
        var question = new IterationQuestion(new HeadShape(700, 48), null, 5e-4, 9, 7, 50, PerturbationSpaceKind.Row, 1, HeadPrecision.Float32);
        using var output = new StringWriter();
        BenchCommand.PrintIteration(output, question, asJson: false, TestContext.Current.CancellationToken);

        var rows = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.Equal(
            ["seconds.total", "seconds.prepare", "seconds.probe", "seconds.tally", "seconds.lift", "seconds.threshold", "seconds.lineSearch", "seconds.update",
             "perturbations", "peakMemoryBytes", "bytesPerTrainer", "secondsPerPerturbation", "gemmSeconds", "noiseSeconds", "expSeconds",
             "productRatio", "noiseRatio", "expRatio"],
            rows.Select(row => row[0]));
        var values = rows.ToDictionary(row => row[0], row => double.Parse(row[1], CultureInfo.InvariantCulture));
        Assert.All(values.Values, value => Assert.True(value > 0));
        Assert.Equal(values["seconds.probe"] / 50, values["secondsPerPerturbation"], 1e-12);
        foreach (var (part, ratio) in new[] { ("gemmSeconds", "productRatio"), ("noiseSeconds", "noiseRatio"), ("expSeconds", "expRatio") })
            Assert.Equal(values["secondsPerPerturbation"] / values[part], values[ratio], 1e-9);
    }

    [Fact]
    public void Taking_an_update_takes_the_step_and_gives_the_bytes_that_travel()
    {
        var shape = new HeadShape(700, 48);
        var (head, expected) = (SyntheticPair.Head(shape, 1), SyntheticPair.Head(shape, 1));
        var update = new SparseUpdate(shape, [3, 47, 48, 33_000], [0.5f, -0.25f, 0.125f, 1e-9f]);

        Assert.Equal(update.Encode().Length, UpdateTaking.Run(head, update, 0.01));

        expected.Apply(update, 0.01);
        Assert.Equal(expected.Values, head.Values);
    }

    [Fact]
    public async Task An_iteration_of_a_presets_size_is_asked_for_on_the_command_line()
    {
        var answer = await RunAsync("bench iteration --preset mistral-7b --space row --chosen 1 --rejected 1 --perturbations 3 --threads 2 --json");

        Assert.Equal(["seconds", "perturbations", "peakMemoryBytes", "bytesPerTrainer"], answer.EnumerateObject().Select(value => value.Name));
        Assert.Equal(
            ["total", "prepare", "probe", "tally", "lift", "threshold", "lineSearch", "update"],
            answer.GetProperty("seconds").EnumerateObject().Select(value => value.Name));
        Assert.Equal(3, answer.GetProperty("perturbations").GetInt32());
        // A head of 32,000 times 4096 entries, of which 1.18 % are sent at more than a byte each.
        Assert.InRange(answer.GetProperty("peakMemoryBytes").GetInt64(), 32_000L * 4096 * sizeof(float), 1L << 40);
        Assert.InRange(answer.GetProperty("bytesPerTrainer").GetInt64(), (long)(0.0118 * 32_000 * 4096), 1L << 26);
    }

    [Fact]
    public void A_body_is_printed_beside_its_product_with_its_share_of_the_products_speed()
    {
        var seen = new BodyThroughput(4, 4096, 512, 2, Operations: 900_000_000_000, BodySeconds: 2.5, ProductSeconds: 2);
        using var json = new StringWriter();
        using var text = new StringWriter();
        BodyBenchCommand.Print(json, seen, asJson: true);
        BodyBenchCommand.Print(text, seen, asJson: false);

        var answer = JsonDocument.Parse(json.ToString()).RootElement;
        Assert.Equal(
            ["layers", "hiddenSize", "tokens", "threads", "operations", "bodySeconds", "productSeconds", "bodyGigaflops", "productGigaflops", "share"],
            answer.EnumerateObject().Select(value => value.Name));
        Assert.Equal((360, 450, 0.8), (answer.GetProperty("bodyGigaflops").GetDouble(), answer.GetProperty("productGigaflops").GetDouble(), answer.GetProperty("share").GetDouble()));
        Assert.Contains("The body reaches 80.0 % of the product's speed.", text.ToString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> RunAsync(string line)
    {
        var (exit, output, error) = await CommandLineTests.RunAsync(line.Split(' '));
        Assert.Equal((0, ""), (exit, error));
        return JsonDocument.Parse(output).RootElement;
    }
}
