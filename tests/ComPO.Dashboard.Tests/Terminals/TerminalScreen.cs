using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.Dashboard.Tests.Terminals;

/// <summary>A program in a real terminal, that of <c>tmux</c>: what is typed into it, and what stands on its screen.</summary>
internal sealed class TerminalScreen : IAsyncDisposable
{
    private const string Program = "/usr/bin/tmux";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _server = $"compo-{Guid.NewGuid():N}";

    private TerminalScreen()
    {
    }

    /// <summary>Whether there is a terminal on this machine; <c>.ci/install-chromium</c> installs it.</summary>
    public static bool IsHere => File.Exists(Program);

    /// <summary>Starts a program in a terminal of its own.</summary>
    public static async Task<TerminalScreen> StartAsync(int columns, int rows, params string[] command)
    {
        var screen = new TerminalScreen();
        await screen.AskAsync(["-f", "/dev/null", "new-session", "-d", "-x", $"{columns}", "-y", $"{rows}", .. command]);
        return screen;
    }

    /// <summary>Types a line.</summary>
    public async Task TypeAsync(string line)
    {
        await AskAsync("send-keys", "-l", line);
        await AskAsync("send-keys", "Enter");
    }

    /// <summary>Waits until the screen is as wanted, and gives it: its lines with their colours, as a terminal is told them.</summary>
    public async Task<string[]> SeeAsync(Func<string, bool> isWanted)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var plain = await AskAsync("capture-pane", "-p");
            if (isWanted(plain))
                return (await AskAsync("capture-pane", "-p", "-e")).TrimEnd().Split('\n');
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"The terminal does not come to show what is awaited, but:\n{plain}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await AskAsync("kill-server");

    private async Task<string> AskAsync(params string[] arguments)
    {
        var ended = await Programs.EndAsync(RunningProcess.Start(Program, ["-u", "-L", _server, .. arguments]));
        return ended.Output;
    }
}
