using System.Diagnostics;
using System.Globalization;
using ComPO.Admin;
using ComPO.Admin.Terminals;
using ComPO.Simulation;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// How long the console takes to answer on a local cluster: a line typed at its prompt, whose connection stands, and a command of its own, which starts a
/// process and connects.
/// </summary>
internal static class ConsoleTimes
{
    private static readonly string[] Lines = ["status", "cluster show", "devices show", "actor hierarchy -d 2", "runs", "log tail --once"];

    public static async Task RunAsync(TextWriter output, int rounds)
    {
        // A console that leaves when it has its answer is no news.
        await using var cluster = new LocalCluster("akka.remote.log-remote-lifecycle-events = off");
        await cluster.StartNodeAsync(["seed", "trainer"], new TinyModelLoader());
        await cluster.UntilTrainersAsync(1);
        var typed = await TypeAsync(cluster.Contact, rounds);
        await output.WriteLineAsync($"median and worst of {rounds}, milliseconds");
        await output.WriteLineAsync($"{"command",-22}{"typed",16}{"one-shot",16}");
        foreach (var line in Lines)
        {
            var alone = new List<double>();
            for (var round = 0; round < rounds; round++)
                alone.Add(await RunAloneAsync(line, cluster.Contact));
            await output.WriteLineAsync($"{line,-22}{Describe(typed[line]),16}{Describe(alone),16}");
        }
    }

    private static async Task<Dictionary<string, List<double>>> TypeAsync(string contact, int rounds)
    {
        // The first line connects.
        using var typist = new Typist(["status", .. Enumerable.Repeat(Lines, rounds).SelectMany(lines => lines)]);
        await AdminConsole.RunAsync(["--contact", contact], new Terminal(typist, TextWriter.Null, Console.Error, IsInteractive: true, IsLive: false));
        return Lines.ToDictionary(line => line, line => typist.Times.Where(answer => answer.Line == line).Select(answer => answer.Milliseconds).TakeLast(rounds).ToList());
    }

    private static async Task<double> RunAloneAsync(string line, string contact)
    {
        var clock = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Program(), .. line.Split(' '), "--contact", contact])
        {
            RedirectStandardOutput = true,
        })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(clock).TotalMilliseconds
            : throw new InvalidOperationException($"'{line}' ended with {process.ExitCode}.");
    }

    // As it is built: beside this program are other versions of what it needs.
    private static string Program()
    {
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var root = own;
        while (!File.Exists(Path.Combine(root.FullName, "ComPO.sln")))
            root = root.Parent!;
        return Path.Combine(root.FullName, "src", "ComPO.Admin", "bin", own.Parent!.Name, own.Name, "ComPO.Admin.dll");
    }

    private static string Describe(List<double> times) => string.Create(CultureInfo.InvariantCulture, $"{Medians.Of(times):0} ({times.Max():0})");

    // A line is answered when the next is asked for.
    private sealed class Typist(string[] lines) : TextReader
    {
        private int _next;
        private long _asked;

        public List<(string Line, double Milliseconds)> Times { get; } = [];

        public override Task<string?> ReadLineAsync()
        {
            if (_next > 0)
                Times.Add((lines[_next - 1], Stopwatch.GetElapsedTime(_asked).TotalMilliseconds));
            _asked = Stopwatch.GetTimestamp();
            return Task.FromResult(_next < lines.Length ? lines[_next++] : End());
        }

        private string? End()
        {
            _next = 0;
            return null;
        }
    }
}
