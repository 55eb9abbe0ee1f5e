using System.CommandLine;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Node.Bench;
using ComPO.Protocol.Presets;
using ComPO.Torch.Heads;

namespace ComPO.Node.Commands;

/// <summary><c>bench</c>: how fast this machine probes, tallies and iterates, on synthetic heads and features of true sizes.</summary>
internal static class BenchCommand
{
    // Enough to tell one in a hundred; a float64 reference of the full space takes a second an outcome.
    private const int RowSample = 300, FullSample = 30;

    private static readonly Option<int> Vocabulary = Whole("--vocab", "The rows of the head.", "V", 1 << 22, 32_000);
    private static readonly Option<int> Hidden = Whole("--hidden", "The width of the head.", "D", 1 << 16, 4096);
    private static readonly Option<int> Chosen = Whole("--chosen", "The tokens of the chosen answer.", "T1", 1 << 14, 128);
    private static readonly Option<int> Rejected = Whole("--rejected", "The tokens of the rejected answer.", "T2", 1 << 14, 128);
    private static readonly Option<int> Perturbations = Whole("--perturbations", "How many perturbations.", "N", 100_000, 100);

    private static readonly Option<int?> IterationPerturbations = new Option<int?>("--perturbations")
    {
        Description = "How many perturbations [default: the preset's].",
        HelpName = "M",
    }.InRange(1, 100_000);

    private static readonly Option<int?> Sample = new Option<int?>("--sample")
    {
        Description = $"How many outcomes to compare with float64 [default: {RowSample} in the row space, {FullSample} in the full space].",
        HelpName = "N",
    }.InRange(1, 100_000);

    private static readonly Option<string> Space = new Option<string>("--space")
    {
        Description = "Where perturbations are drawn.",
        HelpName = "row|full",
        DefaultValueFactory = _ => "row",
    }.AcceptingOnly("row", "full");

    private static readonly Option<string> Preset = new Option<string>("--preset")
    {
        Description = "The preset whose head, radius and number of perturbations are taken.",
        HelpName = "mistral-7b|llama-3-8b|gemma-2-9b",
        DefaultValueFactory = _ => "mistral-7b",
    }.AcceptingOnly("mistral-7b", "llama-3-8b", "gemma-2-9b");

    private static readonly Option<string> Engine = new Option<string>("--engine")
    {
        Description = "What probes: the processors' vector units, or on them the tensor operations that other devices are given.",
        HelpName = "cpu|tensor",
        DefaultValueFactory = _ => "cpu",
    }.AcceptingOnly("cpu", "tensor");

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>The command and its measurements.</summary>
    public static Command Create()
    {
        var probe = new Command("probe", "Time probes, and their bare product, noise and exponentials, in one process.")
        {
            Vocabulary, Hidden, Chosen, Rejected, Perturbations, Space, ThreadsOption.Instance, PrecisionOption.Instance, Engine, Sample, Json,
        };
        probe.SetAction(parsed =>
        {
            var answer = ProbeBench.Run(new ProbeQuestion(
                Shape(parsed), parsed.GetValue(Chosen), parsed.GetValue(Rejected), parsed.GetValue(Perturbations),
                SpaceOf(parsed), ThreadsOption.Read(parsed), PrecisionOf(parsed),
                parsed.GetValue(Sample) ?? (SpaceOf(parsed) == PerturbationSpaceKind.Row ? RowSample : FullSample),
                parsed.GetValue(Engine) == "tensor"));
            return Print(parsed, answer, BareRatios.Of(answer.SecondsPerPerturbation, answer.GemmSeconds, answer.NoiseSeconds, answer.ExpSeconds));
        });

        var tally = new Command("tally", "Time the sums over all outcomes, the threshold, and the entries of the update.")
        {
            Vocabulary, Hidden, Chosen, Rejected, Perturbations, Space, ThreadsOption.Instance, Json,
        };
        tally.SetAction(parsed =>
        {
            var answer = TallyBench.Run(new TallyQuestion(
                Shape(parsed), parsed.GetValue(Chosen), parsed.GetValue(Rejected), parsed.GetValue(Perturbations), SpaceOf(parsed), ThreadsOption.Read(parsed)));
            return Print(parsed, answer, BareRatios.Of(answer.SecondsPerPerturbation, answer.GemmSeconds, answer.NoiseSeconds, answer.ExpSeconds));
        });

        var iteration = new Command("iteration", "Time one whole iteration of a model's size on one trainer.")
        {
            Preset, Space, Chosen, Rejected, IterationPerturbations, ThreadsOption.Instance, PrecisionOption.Instance, Json,
        };
        iteration.SetAction((parsed, cancellation) =>
        {
            PrintIteration(parsed.InvocationConfiguration.Output, Iteration(parsed), parsed.GetValue(Json), cancellation);
            return Task.FromResult((int)ExitCode.Done);
        });
        return new Command("bench", "Measure how fast this machine computes.") { probe, tally, iteration, BodyBenchCommand.Create() };
    }

    private static IterationQuestion Iteration(ParseResult parsed)
    {
        var preset = PresetFiles.Read(parsed.GetRequiredValue(Preset));
        var (model, settings) = (preset.Model!, preset.ApplyTo(new RunSettings { Model = "-", Data = "-" }));
        return new IterationQuestion(
            model.Head, model.FinalLogitSoftCap, settings.RadiusFor(model.Head), parsed.GetValue(Chosen), parsed.GetValue(Rejected),
            parsed.GetValue(IterationPerturbations) ?? settings.Perturbations, SpaceOf(parsed), ThreadsOption.Read(parsed), PrecisionOf(parsed));
    }

    private static HeadShape Shape(ParseResult parsed)
    {
        var shape = new HeadShape(parsed.GetValue(Vocabulary), parsed.GetValue(Hidden));
        return shape.EntryCount <= Array.MaxLength
            ? shape
            : throw new UsageException($"A head of {shape} has {shape.EntryCount} entries, and {Array.MaxLength} are the most; lower --vocab or --hidden.");
    }

    private static PerturbationSpaceKind SpaceOf(ParseResult parsed) =>
        parsed.GetValue(Space) == "full" ? PerturbationSpaceKind.Full : PerturbationSpaceKind.Row;

    private static HeadPrecision PrecisionOf(ParseResult parsed) =>
        PrecisionOption.Read(parsed) ?? (TorchHeadEngine.HasBFloat16 ? HeadPrecision.BFloat16 : HeadPrecision.Float32);

    private static int Print(ParseResult parsed, object answer, BareRatios ratios)
    {
        var (output, asJson) = (parsed.InvocationConfiguration.Output, parsed.GetValue(Json));
        Print(output, answer, asJson);
        if (!asJson)
            Print(output, ratios, asJson);
        return (int)ExitCode.Done;
    }

    /// <summary>Measures an iteration and prints it; as text with the bare parts of its probes, which the fields of JSON do not have.</summary>
    internal static void PrintIteration(TextWriter output, IterationQuestion question, bool asJson, CancellationToken cancellation)
    {
        var answer = IterationBench.Run(question, cancellation);
        Print(output, answer, asJson);
        if (asJson)
            return;
        var rates = IterationBench.Rates(question, answer);
        Print(output, rates, asJson);
        Print(output, BareRatios.Of(rates.SecondsPerPerturbation, rates.GemmSeconds, rates.NoiseSeconds, rates.ExpSeconds), asJson);
    }

    /// <summary>Prints an answer as one JSON object, or as a line for each of its numbers.</summary>
    internal static void Print(TextWriter output, object answer, bool asJson)
    {
        var json = JsonSerializer.SerializeToElement(answer, answer.GetType(), JsonSerializerOptions.Web);
        if (asJson)
            output.WriteLine(json);
        else
            PrintLines(output, json, "");
    }

    private static void PrintLines(TextWriter output, JsonElement values, string prefix)
    {
        foreach (var value in values.EnumerateObject())
        {
            if (value.Value.ValueKind == JsonValueKind.Object)
                PrintLines(output, value.Value, value.Name + ".");
            else
                output.WriteLine($"{prefix + value.Name,-26}{value.Value}");
        }
    }

    private static Option<int> Whole(string name, string description, string unit, int highest, int standard) => new Option<int>(name)
    {
        Description = description,
        HelpName = unit,
        DefaultValueFactory = _ => standard,
    }.InRange(1, highest);
}
