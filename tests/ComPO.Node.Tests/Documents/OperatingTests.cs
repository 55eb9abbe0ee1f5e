using System.Text.RegularExpressions;
using Akka.Configuration;

namespace ComPO.Node.Tests.Documents;

/// <summary>What the operators' page says there is, there is.</summary>
public sealed partial class OperatingTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "operating.md"));

    [Fact]
    public void It_says_what_to_do_on_each_alert()
    {
        var rules = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "compo-alerts.yml"));

        Assert.Equal(
            Alerts().Matches(rules).Select(rule => rule.Groups[1].Value),
            RowsAfter("| alert |").Select(row => row[0].Trim('`')));
    }

    [Fact]
    public void It_names_the_tests_of_each_invariant()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Traits().Matches(File.ReadAllText(file)).Select(trait => (Invariant: trait.Groups[1].Value, Test: Path.GetFileNameWithoutExtension(file))))
            .ToLookup(test => test.Invariant, test => test.Test);

        var rows = RowsAfter("| `Invariant` |").ToDictionary(row => row[0].Trim('`'), row => row[2].Split(", ").Select(name => name.Trim('`')).ToHashSet());
        Assert.Equal(tests.Select(invariant => invariant.Key).Order(), rows.Keys.Order());
        Assert.All(tests, invariant => Assert.Equal(invariant.ToHashSet(), rows[invariant.Key]));
    }

    [Fact]
    public void The_tests_it_names_are_there()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file)).ToHashSet();

        Assert.All(TestNames().Matches(Page).Select(name => name.Groups[1].Value), name => Assert.Contains(name, tests));
    }

    [Fact]
    public void The_times_it_gives_are_those_of_the_defaults()
    {
        var seed = ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(Repository.Root, "hocon", "seed.conf")));
        var detection = seed.GetTimeSpan("akka.cluster.failure-detector.heartbeat-interval") + seed.GetTimeSpan("akka.cluster.failure-detector.acceptable-heartbeat-pause");
        var settling = seed.GetTimeSpan("akka.cluster.split-brain-resolver.stable-after");

        var events = RowsAfter("| event |").ToDictionary(row => row[0], row => (Follows: row[1], HowLong: row[2]));

        Assert.Contains($"detection ({detection.TotalSeconds} s), settling ({settling.TotalSeconds} s)", events["the leading seed is killed"].Follows, StringComparison.Ordinal);
        Assert.Equal($"{seed.GetTimeSpan("compo.supervisor.trainer-silence").TotalSeconds} s", events["a trainer is killed or hangs"].HowLong);
        Assert.Equal(
            $"{seed.GetTimeSpan("compo.probing.rows-deadline").TotalMinutes} min", events["a trainer hangs while it makes or checks its part of an update"].HowLong);
    }

    private static IEnumerable<string[]> RowsAfter(string head) => Page.Split('\n')
        .SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
        .Select(row => row.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray());

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alerts();

    [GeneratedRegex(@"\[Trait\(""Invariant"", ""([^""]+)""\)\]")]
    private static partial Regex Traits();

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex TestNames();
}
