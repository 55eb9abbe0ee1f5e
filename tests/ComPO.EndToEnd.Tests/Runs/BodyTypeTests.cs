using System.Text.Json;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

public sealed class BodyTypeTests : IDisposable
{
    private const double Rounding = 1e-3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory] // The checkpoint's is float32.
    [InlineData("bfloat16")]
    [InlineData("float16")]
    public async Task A_trainer_computes_what_is_below_the_head_in_the_number_type_that_it_was_given(string type)
    {
        var pairs = _folder.Write("pairs.jsonl", """{"prompt":"Once upon a time, there was","chosen":" a little girl who liked to play in the park.","rejected":" a dog that ran."}""");
        var (expected, otherwise) = (await ScoreAsync(pairs, type), await ScoreAsync(pairs, "float32"));
        Assert.True(Math.Abs(expected - otherwise) > 3 * Rounding, $"{type} shows in nothing: {expected} and {otherwise}.");

        await using var node = Programs.StartNode("--role", "seed,trainer", "--port", "0", "--dtype", type);
        (await Programs.AdminAsync(
            "start", "--contact", await Programs.AddressOfAsync(node), "--model", RealRun.Model, "--data", pairs, "--noise-threshold", "100", "--iterations", "1",
            "--perturbations", "100", "--output", _folder["run"], "--wait", "--json")).Succeeded();

        var before = RunLog.Read(_folder["run"]).Iterations.Single().GetProperty("before").GetProperty("chosen").GetDouble();
        Assert.Equal(expected, before, Rounding);
    }

    private static async Task<double> ScoreAsync(string pairs, string type)
    {
        var scored = (await Programs.NodeAsync("score", "--model", RealRun.Model, "--data", pairs, "--dtype", type, "--json")).Succeeded().Output;
        return JsonDocument.Parse(scored.Split('\n')[0]).RootElement.GetProperty("chosenLogp").GetDouble();
    }
}
