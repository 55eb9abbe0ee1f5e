using System.Text;
using System.Text.Json;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;

namespace ComPO.Core.Tests.Runs;

public sealed class RunResultTests
{
    private static readonly RunResult Result = new()
    {
        Run = "first", Outcome = "completed", Iterations = 3, Accepted = 2, GateRefused = 1, BaseDigest = Digest.Of("base"u8), Model = "/runs/é/model",
        Skipped = new Dictionary<string, int> { ["tooLong"] = 4 }, Evaluation = new EvaluationChange(new MeanEvaluation(5, -3, -4, 1, 0.75), null), Seconds = 1.5,
        Received = new TransferredBytes(1, 2, 3),
    };

    [Fact]
    public void A_result_has_the_documented_members_and_nulls_are_written()
    {
        using var json = JsonDocument.Parse(Result.ToJson());

        Assert.Equal(
            [
                "run", "outcome", "failure", "iterations", "accepted", "notAccepted", "gateRefused", "baseDigest", "headDigest", "model", "survivingShare", "skipped",
                "evaluation", "seconds", "received",
            ],
            json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("failure").ValueKind);
        Assert.Equal(4, json.RootElement.GetProperty("skipped").GetProperty("tooLong").GetInt32());
        Assert.Equal("""{"before":{"pairs":5,"chosen":-3,"rejected":-4,"margin":1,"accuracy":0.75},"after":null}""", Compact("evaluation"));
        Assert.Equal("""{"updateBytes":1,"featureBytes":2,"headBytes":3}""", Compact("received"));

        string Compact(string member) => JsonSerializer.Serialize(json.RootElement.GetProperty(member));
    }

    [Fact]
    public void What_is_written_is_read_and_what_a_later_version_adds_is_let_be()
    {
        var text = Result.ToJson();

        Assert.Equal(text, Read(text).ToJson());
        Assert.Equal(text, Read(text.Replace("\"run\"", "\"more\": [1], \"run\"", StringComparison.Ordinal)).ToJson());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"run\":\"first\"}")]
    [InlineData("{\"run\":\"first\",\"outcome\":\"completed\",\"iterations\":3.5,\"seconds\":1}")]
    public void What_is_no_result_is_named(string text) =>
        Assert.StartsWith("result.json is not what a run writes", Assert.Throws<RunLogException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_evaluation_is_a_line_with_the_documented_members()
    {
        var line = new Evaluation(2, 5, -3, -4, 1, 0.75).ToJson();

        Assert.Equal("""{"committed":2,"pairs":5,"chosen":-3,"rejected":-4,"margin":1,"accuracy":0.75}""", line);
        Assert.Equal(new Evaluation(2, 5, -3, -4, 1, 0.75), Evaluation.FromJson(line, "line 1"));
        Assert.Throws<RunLogException>(() => Evaluation.FromJson(line[..^9], "line 1"));
    }

    private static RunResult Read(string text) => RunResult.FromJson(Encoding.UTF8.GetBytes(text), "result.json");
}
