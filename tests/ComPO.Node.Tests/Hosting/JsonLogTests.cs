using System.Text.Json;
using Akka.Event;
using ComPO.Node.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ComPO.Node.Tests.Hosting;

public sealed class JsonLogTests
{
    [Fact]
    public void A_line_of_an_actor_is_one_object_with_its_parts_and_what_it_concerns()
    {
        var log = new Warning(
            new InvalidOperationException("cause"), "akka://ComPO/user/supervisor", typeof(JsonLogTests),
            new Sentence("Run {Run} lost \"{Trainer}\" in {Iteration}\n", "night", "a", 7));
        var line = LineOf(logger => JsonLog.Write(logger, log));
        var json = JsonDocument.Parse(line).RootElement;

        Assert.DoesNotContain('\n', line.TrimEnd('\n'));
        Assert.Equal("warning", json.GetProperty("level").GetString());
        Assert.Equal("akka://ComPO/user/supervisor", json.GetProperty("source").GetString());
        Assert.Equal("Run night lost \"a\" in 7\n", json.GetProperty("message").GetString());
        Assert.Equal(("night", 7), (json.GetProperty("run").GetString(), json.GetProperty("iteration").GetInt32()));
        Assert.Equal("a", json.GetProperty("properties").GetProperty("trainer").GetString());
        Assert.Contains("cause", json.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.InRange(DateTime.UtcNow - json.GetProperty("time").GetDateTime(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_line_of_anything_else_has_its_category_and_values()
    {
        var json = JsonDocument.Parse(LineOf(logger => logger.LogError("Port {Port} is {Word}", 80, "taken"))).RootElement;

        Assert.Equal(("error", "test"), (json.GetProperty("level").GetString(), json.GetProperty("source").GetString()));
        Assert.Equal("Port 80 is taken", json.GetProperty("message").GetString());
        Assert.Equal(80, json.GetProperty("properties").GetProperty("port").GetInt32());
        Assert.False(json.TryGetProperty("run", out _));
    }

    private static string LineOf(Action<ILogger> log)
    {
        var logger = new FormattedLogger();
        log(logger);
        return logger.Lines.ToString();
    }

    private sealed class Sentence(string format, params object[] values) : LogMessage(SemanticLogMessageFormatter.Instance, format)
    {
        public override string Unformatted() => Format;

        public override IEnumerable<object> Parameters() => values;

        public override string ToString() => Formatter.Format(Format, values);
    }

    private sealed class FormattedLogger : ILogger
    {
        public StringWriter Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            new JsonLog().Write(new LogEntry<TState>(logLevel, "test", eventId, state, exception, formatter!), null, Lines);
    }
}
