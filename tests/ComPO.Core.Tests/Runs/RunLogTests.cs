using System.Text;
using System.Text.Json;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Runs;

public sealed class RunLogTests
{
    private static readonly RunHeader Header = new(
        "first", new RunSettings { Model = "model", Data = "pairs", Perturbations = 12 }, Digest.Of("base"u8), "cpu", new Dictionary<string, string> { ["ComPO"] = "0.1.0" });

    [Fact]
    public void A_line_has_the_documented_members_and_nulls_are_written()
    {
        using var line = JsonDocument.Parse(Record(0).ToJson());

        Assert.Equal(
            [
                "iteration", "pair", "featureDigest", "k", "before", "perturbations", "improved", "predicted", "gate", "norm", "threshold", "nonzero", "alignment",
                "predictedChange", "lineSearch", "accepted", "scale", "after", "outcomes", "headDigest", "seconds",
            ],
            line.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("refused", line.RootElement.GetProperty("gate").GetString());
        Assert.Equal(JsonValueKind.Null, line.RootElement.GetProperty("lineSearch").ValueKind);
        Assert.Equal(["chosen", "rejected"], line.RootElement.GetProperty("before").EnumerateObject().Select(member => member.Name));
        using var header = JsonDocument.Parse(Header.ToJson());
        Assert.Equal(["run", "settings", "baseDigest", "computeClass", "versions"], header.RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var passed = Record(1) with
        {
            Gate = GateVerdict.Passed, Norm = 3.5, Threshold = 1e-4, Nonzero = 7, Alignment = 0.25, PredictedChange = new PairLogProbabilities(1e-3, -2e-3),
            LineSearch = [new LineSearchPoint(0.1, -1, -2)], Accepted = true, Scale = 0.01,
        };
        var (header, records) = Read(Header.ToJson(), Record(0).ToJson(), passed.ToJson());

        Assert.Equal(Header.ToJson(), header.ToJson());
        Assert.Equal([Record(0).ToJson(), passed.ToJson()], records.Select(record => record.ToJson()));
    }

    [Fact]
    public void A_line_says_how_its_iteration_ended_and_what_share_improved()
    {
        var passed = Record(0) with { Gate = GateVerdict.Passed, Accepted = false };

        Assert.Equal(
            [IterationVerdict.GateRefused, IterationVerdict.NotAccepted, IterationVerdict.Accepted],
            [Record(0).Verdict, passed.Verdict, (passed with { Accepted = true }).Verdict]);
        Assert.Equal(2.0 / 12, passed.ImprovedShare);
        Assert.Null((passed with { Improved = null }).ImprovedShare);
    }

    [Fact]
    public void A_bad_line_is_named()
    {
        var (first, second) = (Record(0).ToJson(), Record(1).ToJson());

        Refused("run.jsonl, line 3", Header.ToJson(), first, second[..^20]);
        Refused("run.jsonl, line 3", Header.ToJson(), first, first);
        Refused("run.jsonl, line 2", Header.ToJson(), second);
        Refused("run.jsonl, line 2", Header.ToJson(), first.Replace("\"improved\":2", "\"improved\":3", StringComparison.Ordinal));
        Refused("run.jsonl, line 2", Header.ToJson(), first.Replace("\"perturbations\":12", "\"perturbations\":13", StringComparison.Ordinal));
        Refused("run.jsonl, line 2", Header.ToJson(), first.Replace("\"k\":", "\"dimension\":", StringComparison.Ordinal));
        Refused("run.jsonl, line 2", Header.ToJson(), first.Replace("{\"iteration\":", "{\"verdict\":0,\"iteration\":", StringComparison.Ordinal));
        Refused("run.jsonl, line 1", "{}");
        Refused("run.jsonl is empty");
    }

    private static void Refused(string where, params string[] lines) =>
        Assert.StartsWith(where, Assert.Throws<RunLogException>(() => Read(lines)).Message, StringComparison.Ordinal);

    private static (RunHeader Header, IReadOnlyList<IterationRecord> Iterations) Read(params string[] lines) =>
        RunLogReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")))), "run.jsonl");

    private static IterationRecord Record(int iteration)
    {
        var outcomes = new OutcomeBits(12) { [1] = true, [11] = true };
        return new IterationRecord
        {
            Iteration = iteration,
            Pair = 4,
            FeatureDigest = Digest.Of("features"u8),
            K = 3,
            Before = new PairLogProbabilities(-10.5, -9.25),
            Perturbations = 12,
            Improved = 2,
            Predicted = 0.2,
            Gate = GateVerdict.Refused,
            Norm = null,
            Threshold = null,
            Nonzero = null,
            Alignment = null,
            PredictedChange = null,
            LineSearch = null,
            Accepted = null,
            Scale = null,
            After = new PairLogProbabilities(-10.5, -9.25),
            Outcomes = outcomes.ToBase64(),
            HeadDigest = Digest.Of("head"u8),
            Seconds = new Dictionary<string, double> { ["total"] = 0.5 },
        };
    }
}
