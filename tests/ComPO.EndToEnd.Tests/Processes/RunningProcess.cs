using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>A process as a user starts it. What it writes is kept; it does not outlive its owner.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    /// <summary>Ctrl-C.</summary>
    public const int Interrupt = 2;

    /// <summary>What a service manager sends.</summary>
    public const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOver;

    private RunningProcess(Process process) => _process = process;

    /// <summary>The process as the system knows it.</summary>
    public int Id => _process.Id;

    /// <summary>All of standard output so far.</summary>
    public string Output => Read(_output);

    /// <summary>All of standard error so far.</summary>
    public string Error => Read(_error);

    /// <summary>Starts a program with redirected output.</summary>
    public static RunningProcess Start(string program, IEnumerable<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
            // A build server would outlive its build and hold on to the pipes.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0", ["UseSharedCompilation"] = "false" },
        };
        var running = new RunningProcess(new Process { StartInfo = start });
        running._process.OutputDataReceived += (_, line) => running.Take(running._output, line.Data);
        running._process.ErrorDataReceived += (_, line) => running.Take(running._error, line.Data);
        running._process.Start();
        running._process.StandardInput.Close();
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        return running;
    }

    /// <summary>The first line of standard output that a condition holds for.</summary>
    public async Task<string> LineAsync(Func<string, bool> condition)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_output.Find(line => condition(line)) is { } found)
                    return found;
                Assert.False(_isOver, $"The process ended without the awaited line.\n{string.Join('\n', _output)}\n{string.Join('\n', _error)}");
                more = _written.Task;
            }
            await more.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Sends a signal.</summary>
    public void Send(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
            Assert.Fail($"The process cannot be sent signal {signal}{(_process.HasExited ? $", it has ended with {_process.ExitCode}" : "")}.\n{Output}\n{Error}");
    }

    /// <summary>Sends a signal until the process ends: one that comes while it still starts may be lost.</summary>
    public async Task<int> ExitCodeAfterAsync(int signal)
    {
        var ended = ExitCodeAsync();
        while (!ended.IsCompleted)
        {
            _ = SendSignal(_process.Id, signal);
            await Task.WhenAny(ended, Task.Delay(200, TestContext.Current.CancellationToken));
        }
        return await ended;
    }

    /// <summary>Waits for the end, and gives the exit code once all output is here.</summary>
    public async Task<int> ExitCodeAsync()
    {
        try
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The process has not ended within {Patience}.\n{Output}\n{Error}");
        }
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private void Take(List<string> lines, string? line)
    {
        lock (_gate)
        {
            if (line is not null)
                lines.Add(line);
            else if (lines == _output)
                _isOver = true;
            _written.SetResult();
            _written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private string Read(List<string> lines)
    {
        lock (_gate)
            return string.Join('\n', lines);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
