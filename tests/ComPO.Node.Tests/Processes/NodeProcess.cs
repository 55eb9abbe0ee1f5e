using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ComPO.Node.Tests.Processes;

/// <summary>ComPO.Node as a user starts it: a process of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(Process process) => _process = process;

    /// <summary>Everything the process has written to standard error.</summary>
    public string Error => string.Join('\n', _errors);

    public static NodeProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ComPO.Node.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var node = new NodeProcess(new Process { StartInfo = start });
        node._process.OutputDataReceived += (_, line) => node._firstLine.TrySetResult(line.Data ?? "");
        node._process.ErrorDataReceived += (_, line) => node._errors.Enqueue(line.Data ?? "");
        node._process.Start();
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    /// <summary>The first line of standard output; empty when the process ends without one.</summary>
    public Task<string> FirstLineAsync() => _firstLine.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>Asks the process to end, as a service manager does.</summary>
    public void SendTerminate() => Assert.Equal(0, SendSignal(_process.Id, Terminate));

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
