using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Commands;

public sealed class MistakesTests
{
    [Theory]
    [InlineData("start", "--model")]
    [InlineData("start --model m", "--data")]
    [InlineData("start --model m --data d --colour red", "Unknown option '--colour'")]
    [InlineData("start --model m --data d --iterations ten", "--iterations is 'ten'; expected a whole number")]
    [InlineData("start --model m --data d --iterations 1.5", "--iterations is '1.5'; expected a whole number")]
    [InlineData("start --model m --data d --seed -1", "--seed is '-1'")]
    [InlineData("start --model m --data d --radius wide", "--radius is 'wide'; expected a number")]
    [InlineData("start --model m --data d --density many", "--density is 'many'; expected a number")]
    [InlineData("start --model m --data d --space column", "--space is 'column'; expected row or full")]
    [InlineData("start --model m --data d --radius-unit mile", "--radius-unit is 'mile'; expected entry or sphere")]
    [InlineData("start --model m --data d --estimator best", "--estimator is 'best'; expected sampled or exact")]
    [InlineData("start --model m --data d --pair-rule mine", "--pair-rule is 'mine'; expected reference or seed-compatible")]
    [InlineData("start --model m --data d --head-dtype int8", "--head-dtype is 'int8'; expected float32 or base")]
    [InlineData("start --model m --data d --checkpoints 1,x", "--checkpoints is 'x'")]
    [InlineData("start --model m --data d --wait --dry-run", "--wait and --dry-run exclude each other")]
    [InlineData("start --model m --data d --run a/b", "--run 'a/b'")]
    [InlineData("start --model m --data d --density 0.1 --threshold 0.1", "--density and --threshold")]
    [InlineData("start --model m --data d --preset mistral", "There is no preset 'mistral'; expected gemma-2-9b, gemma-2-9b-row, llama-3-8b")]
    [InlineData("start --model m --data d --set colour=red", "sets 'colour', which is no setting of a run; expected one of allow-mixed-classes, ")]
    [InlineData("start --model m --data d --set gate", "--set is 'gate'; expected KEY=VALUE")]
    [InlineData("start --model m --data d --set gate=high", "sets gate to 'high'; expected a number")]
    [InlineData("start --model m --data d --set gate=1", "--gate 1 is out of range: expected a share of at least 0 and below 1")]
    [InlineData("start --model m --data d --set space=column", "sets space to 'column'; expected row or full")]
    [InlineData("start --model m --data d --set model=other", "sets 'model', which is no setting")]
    [InlineData("status --contact localhost:4053", "--contact is 'localhost:4053'")]
    [InlineData("status --contact akka.tcp://Other@localhost:4053", "--contact is 'akka.tcp://Other@localhost:4053'")]
    [InlineData("status --run", "Unknown option '--run'")]
    [InlineData("stop --run", "--run")]
    [InlineData("report", "--output")]
    [InlineData("report --output o --log a --run b", "--log and --run exclude each other")]
    [InlineData("export", "--output")]
    [InlineData("export --output o --iteration last", "--iteration is 'last'; expected a whole number")]
    [InlineData("export --output o --iteration -1", "--iteration is -1; expected 0 or more committed iterations")]
    [InlineData("export --output ", "--output is ''; expected a folder to make")]
    [InlineData("frobnicate", "Unknown command 'frobnicate'")]
    public async Task A_mistake_is_told_in_one_sentence_before_anybody_is_asked(string line, string told)
    {
        var said = await ScriptedTerminal.RunAsync(line.Split(' '));

        Assert.Equal((ExitCode.Usage, ""), (said.ExitCode, said.Output));
        Assert.Contains(told, said.Error, StringComparison.Ordinal);
        Assert.Single(said.Error.TrimEnd().Split('\n'));
        Assert.EndsWith(".", said.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "watch")]
    [InlineData("start --help", "--noise-threshold")]
    [InlineData("status --help", "--contact")]
    [InlineData("watch --help", "--run")]
    [InlineData("stop --help", "--run")]
    [InlineData("report --help", "--log")]
    [InlineData("export --help", "--iteration")]
    [InlineData("--version", "0.")]
    [InlineData("start --version", "0.")]
    [InlineData("stop --version", "0.")]
    public async Task Help_and_version_are_everywhere(string line, string told)
    {
        var said = await ScriptedTerminal.RunAsync(line.Split(' '));

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        Assert.Contains(told, said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_command_without_a_terminal_prints_help_and_is_a_mistake()
    {
        var said = await ScriptedTerminal.RunAsync();

        Assert.Equal(ExitCode.Usage, said.ExitCode);
        Assert.Contains("status", said.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RefusalReason.InvalidSettings, 2, ExitCode.Usage)]
    [InlineData(RefusalReason.BadInput, 3, ExitCode.BadInput)]
    [InlineData(RefusalReason.NotReady, 4, ExitCode.ClusterUnreachable)]
    [InlineData(RefusalReason.RunActive, 5, ExitCode.Refused)]
    [InlineData(RefusalReason.OutputFolder, 8, ExitCode.Storage)]
    [InlineData(RefusalReason.NoTrainer, 0, ExitCode.Refused)]
    [InlineData(RefusalReason.NoTrainer, 99, ExitCode.Refused)]
    public async Task A_refusal_is_printed_in_its_own_words_and_ends_with_its_own_code(RefusalReason reason, int code, ExitCode expected)
    {
        await using var seed = await FakeSeed.StartAsync(_ => new RequestRefused(reason, "It cannot be: so it is.", code));

        foreach (var command in (string[][])[["start", "--model", "m", "--data", "d"], ["stop"]])
        {
            var said = await ScriptedTerminal.RunAsync([.. command, "--contact", seed.Address]);

            Assert.Equal((expected, "", "It cannot be: so it is.\n"), (said.ExitCode, said.Output, said.Error));
        }
    }

    [Theory]
    [InlineData(RunPhase.Failed, 6, ExitCode.RunFailed)]
    [InlineData(RunPhase.Failed, 7, ExitCode.DigestMismatch)]
    [InlineData(RunPhase.Failed, 0, ExitCode.RunFailed)]
    [InlineData(RunPhase.Stopped, 0, ExitCode.Done)]
    [InlineData(RunPhase.Exhausted, 0, ExitCode.Done)]
    public async Task Waiting_ends_with_the_code_of_the_run(RunPhase phase, int code, ExitCode expected)
    {
        var failure = phase == RunPhase.Failed ? "The head of one node is another." : null;
        await using var seed = await FakeSeed.StartAsync(request => request is GetProgress
            ? new TrainingProgress([], HasMore: false, Samples.Completed with { Phase = phase, ExitCode = code, Failure = failure })
            : Samples.Answer(request));

        var said = await ScriptedTerminal.RunAsync("start", "--model", "m", "--data", "d", "--run", "one", "--wait", "--json", "--contact", seed.Address);

        Assert.Equal((expected, failure is null ? "" : failure + "\n"), (said.ExitCode, said.Error));
    }
}
