using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Torch.Benchmarks;

namespace ComPO.Node.Commands;

/// <summary><c>bench body</c>: a bfloat16 body of a 7B model's shape beside a matrix product of as many operations.</summary>
internal static class BodyBenchCommand
{
    private static readonly Option<int> Tokens = new Option<int>("--tokens")
    {
        Description = "The length of the sequence.",
        HelpName = "N",
        DefaultValueFactory = _ => 512,
    }.InRange(1, 32768);

    private static readonly Option<int> Repeats = new Option<int>("--repeats")
    {
        Description = "How often to measure; the best counts.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    }.InRange(1, 1000);

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("body", "Time a body of a 7B model's shape (4 layers, bfloat16) beside a matrix product of as many operations; needs 4 GB of memory.")
        {
            ThreadsOption.Instance, Tokens, Repeats, Json,
        };
        command.SetAction((parsed, cancellation) => Run(parsed, ThreadsOption.Read(parsed), cancellation));
        return command;
    }

    private static Task<int> Run(ParseResult parsed, int threads, CancellationToken cancellation)
    {
        var seen = BodyBenchmark.Measure(
            BodyBenchmark.SevenBillionShape, parsed.GetValue(Tokens), threads, parsed.GetValue(Repeats), cancellation);
        Print(parsed.InvocationConfiguration.Output, seen, parsed.GetValue(Json));
        return Task.FromResult((int)ExitCode.Done);
    }

    /// <summary>Prints what was measured.</summary>
    internal static void Print(TextWriter output, BodyThroughput seen, bool asJson) =>
        output.WriteLine(asJson ? JsonSerializer.Serialize(seen, JsonSerializerOptions.Web) : Sentences(seen));

    private static string Sentences(BodyThroughput seen) => string.Create(CultureInfo.InvariantCulture, $"""
        body     {seen.BodySeconds,8:0.000} s  {seen.BodyGigaflops,7:0.0} GFLOP/s  ({seen.Layers} layers, hidden size {seen.HiddenSize}, {seen.Tokens} tokens, bfloat16, {seen.Threads} threads)
        product  {seen.ProductSeconds,8:0.000} s  {seen.ProductGigaflops,7:0.0} GFLOP/s  (one matrix product of as many operations)
        The body reaches {seen.Share:0.0 %} of the product's speed.
        """);
}
