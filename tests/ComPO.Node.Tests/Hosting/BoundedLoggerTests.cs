using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Hosting.Logging;
using Akka.Remote;
using ComPO.Node.Hosting;
using Microsoft.Extensions.Logging;

namespace ComPO.Node.Tests.Hosting;

public sealed class BoundedLoggerTests : IAsyncLifetime
{
    private const int Many = 3000;

    private readonly WrittenLog _log = new();
    private ActorSystem _system = null!;

    public ValueTask InitializeAsync()
    {
        _system = ActorSystem.Create("Logging", BootstrapSetup.Create()
            .WithConfig(ConfigurationFactory.ParseString(
                $$"""
                akka { loggers = ["{{typeof(BoundedLogger).AssemblyQualifiedName}}"], loglevel = INFO, stdout-loglevel = OFF }
                compo.log.format = text
                """))
            .And(new LoggerFactorySetup(_log)));
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _log.Dispose();
    }

    [Theory]
    [InlineData(typeof(RemoteSettings), 10)]
    [InlineData(typeof(BoundedLoggerTests), 200)]
    public async Task Whoever_makes_a_part_of_a_node_say_the_same_over_and_over_does_not_fill_its_log(Type source, int atOnce)
    {
        var since = DateTime.UtcNow;
        for (var i = 0; i < Many; i++)
            _system.EventStream.Publish(new Warning("source", source, $"line {i}"));
        // Another part is heard all the same, and after them.
        _system.EventStream.Publish(new Warning("source", typeof(WrittenLog), "the end"));

        var lines = await UntilAsync("the end");

        var seconds = (int)Math.Ceiling((DateTime.UtcNow - since).TotalSeconds);
        Assert.InRange(lines.Count(line => line.Contains("] line ", StringComparison.Ordinal)), atOnce, atOnce + seconds);
        Assert.Contains(lines, line => line.EndsWith($"line {atOnce - 1}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task How_many_lines_were_left_out_is_said_with_the_next()
    {
        for (var i = 0; i < 100; i++)
            _system.EventStream.Publish(new Warning("source", typeof(RemoteSettings), $"line {i}"));

        // One is let through every second.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!_log.Lines.Any(line => line.Contains("lines like the next were left out.", StringComparison.Ordinal)))
        {
            await Task.Delay(50, patience.Token);
            _system.EventStream.Publish(new Warning("source", typeof(RemoteSettings), "next"));
        }
    }

    [Fact]
    public async Task That_a_peer_was_killed_is_one_calm_line_and_another_error_is_told_whole()
    {
        var log = Logging.GetLogger(_system, "connection");
        log.Warning(
            "Association with remote system {0} has failed; address is now gated for {1} ms. Reason is: [{2}]",
            "akka.tcp://ComPO@peer:4053", 5000.0, Thrown(PeerHasGone()));
        _system.EventStream.Publish(new Error(Thrown(PeerHasGone()), "connection", typeof(OneForOneStrategy), "Disassociated"));
        _system.EventStream.Publish(new Error(Thrown(new InvalidOperationException("A gasket has blown.")), "engine", typeof(OneForOneStrategy), "It failed."));
        log.Warning("the end");

        var lines = await UntilAsync("the end");

        Assert.Single(lines, line => line.EndsWith(
            "Association with remote system akka.tcp://ComPO@peer:4053 has failed; address is now gated for 5000 ms. Reason is: [Disassociated]", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("Disassociated", StringComparison.Ordinal));
        Assert.Contains("A gasket has blown.", Assert.Single(lines, line => line.StartsWith("Error", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static Exception PeerHasGone() =>
        (Exception)Activator.CreateInstance(typeof(RemoteSettings).Assembly.GetType(ConnectionLines.EndOfConnection, throwOnError: true)!, "Disassociated")!;

    // With a stack, as what has happened has.
    private static T Thrown<T>(T exception)
        where T : Exception
    {
        try
        {
            throw exception;
        }
        catch (T thrown)
        {
            return thrown;
        }
    }

    private async Task<IReadOnlyList<string>> UntilAsync(string ending)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!_log.Lines.Any(line => line.EndsWith(ending, StringComparison.Ordinal)))
            await Task.Delay(20, patience.Token);
        return [.. _log.Lines];
    }

    /// <summary>Keeps each line with its level in front.</summary>
    private sealed class WrittenLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");

        public void Dispose()
        {
        }
    }
}
