using ComPO.Node.Commands;

namespace ComPO.Node.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--rol seed", "Unknown option --rol")]
    [InlineData("--role foo", "--role is 'foo'")]
    [InlineData("--role seed,seed", "--role is 'seed,seed'")]
    [InlineData("--role seed --port 99999", "--port is '99999'")]
    [InlineData("--role seed --port many", "--port is 'many'")]
    [InlineData("--role trainer --seed-node localhost:4053", "--seed-node is 'localhost:4053'")]
    [InlineData("--role trainer --devices gpu", "--devices is 'gpu'")]
    [InlineData("--role trainer --dtype int8", "--dtype is 'int8'")]
    [InlineData("--role trainer --body maybe", "--body is 'maybe'")]
    [InlineData("--role trainer --threads 0", "--threads is '0'")]
    [InlineData("--role seed --config /nowhere/seed.conf", "/nowhere/seed.conf")]
    [InlineData("score --model somewhere", "--data")]
    [InlineData("score --model m --data d --limit -1", "--limit is '-1'")]
    [InlineData("score --model m --data d --noise-threshold none", "--noise-threshold is 'none'")]
    [InlineData("score --model m --data d --noise-threshold 0", "--noise-threshold is '0'")]
    [InlineData("quickstart --colour red", "Unknown option --colour")]
    [InlineData("replay --log l --model m", "--output")]
    [InlineData("bench", "Required command")]
    [InlineData("bench body --tokens 0", "--tokens is '0'")]
    [InlineData("--role trainer --precision fp8", "--precision is 'fp8'")]
    [InlineData("bench probe --vocab 0", "--vocab is '0'")]
    [InlineData("bench iteration --preset gpt", "--preset is 'gpt'")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("", "--role")]
    public async Task A_mistake_is_told_in_one_sentence_and_exits_with_2(string line, string told)
    {
        var (exit, output, error) = await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, exit);
        Assert.Empty(output);
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akka.cluster.roel = x", "akka.cluster.roel")]
    [InlineData("compo.no-such-key = 1", "compo.no-such-key")]
    [InlineData("ports = 4053", "ports")]
    public async Task An_unknown_key_of_a_configuration_file_is_named(string hocon, string key)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("compo-config-").FullName, "node.conf");
        await File.WriteAllTextAsync(file, hocon, TestContext.Current.CancellationToken);

        var (exit, _, error) = await RunAsync(["--role", "seed", "--config", file]);

        Assert.Equal(2, exit);
        Assert.Contains($"unknown key {key}", error, StringComparison.Ordinal);
        Assert.Contains(file, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "--role")]
    [InlineData("score --help", "--limit")]
    [InlineData("quickstart --help", "--output")]
    [InlineData("replay --help", "--features")]
    [InlineData("bench body --help", "--repeats")]
    [InlineData("--version", "0.")]
    [InlineData("score --version", "0.")]
    [InlineData("quickstart --version", "0.")]
    public async Task Help_and_version_are_everywhere(string line, string told)
    {
        var (exit, output, error) = await RunAsync(line.Split(' '));

        Assert.Equal(0, exit);
        Assert.Empty(error);
        Assert.Contains(told, output, StringComparison.Ordinal);
    }

    internal static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandLine.RunAsync(arguments, output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
