using System.Text.RegularExpressions;
using ComPO.Admin.Output;
using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Runs;
using Spectre.Console;

namespace ComPO.Admin.Tests.Output;

public sealed class LiveRunViewTests
{
    [Fact]
    public async Task A_line_that_is_wider_than_the_terminal_still_ends_before_the_bars()
    {
        using var written = new StringWriter();
        var canvas = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(written) });
        canvas.Profile.Width = 60;

        await LiveRunView.ShowAsync(canvas, view =>
        {
            var line = Samples.Line(0);
            view.Add(line, IterationRecord.FromJson(line, "sample"));
            return Task.FromResult(Samples.Completed);
        });

        Assert.Matches(@"accepted *\n", Regex.Replace(written.ToString(), @"\x1b\[[0-9;?]*[A-Za-z]", "").Replace("\r", "", StringComparison.Ordinal));
    }
}
