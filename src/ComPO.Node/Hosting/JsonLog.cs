using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace ComPO.Node.Hosting;

/// <summary>
/// One JSON object a line: <c>time</c>, <c>level</c>, <c>source</c>, <c>message</c>, <c>properties</c> and, where there is one, <c>exception</c>. A run and
/// an iteration among the properties also stand for themselves, as <c>run</c> and <c>iteration</c>.
/// </summary>
internal sealed class JsonLog() : ConsoleFormatter(FormatterName)
{
    /// <summary>The name by which the console knows it.</summary>
    public const string FormatterName = "compo-json";

    // The source of a line of the actor system's, which has one category for all of its actors.
    private const string SourceProperty = "{Source}";

    // For people and machines who read logs, not for web pages.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Logs a line of the actor system's in its parts.</summary>
    public static void Write(ILogger logger, LogEvent log)
    {
        log.TryGetProperties(out var properties);
        var message = log.Message.ToString() ?? "";
        logger.Log(
            log.LogLevel() switch
            {
                Akka.Event.LogLevel.DebugLevel => Level.Debug,
                Akka.Event.LogLevel.InfoLevel => Level.Information,
                Akka.Event.LogLevel.WarningLevel => Level.Warning,
                _ => Level.Error,
            },
            default,
            new List<KeyValuePair<string, object?>>([new(SourceProperty, log.LogSource), .. (properties ?? new Dictionary<string, object>()).Select(value => new KeyValuePair<string, object?>(value.Key, value.Value))]),
            log.Cause,
            (_, _) => message);
    }

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var values = entry.State as IEnumerable<KeyValuePair<string, object?>> ?? [];
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTime.UtcNow);
            json.WriteString("level", WordOf(entry.LogLevel));
            json.WriteString("source", values.FirstOrDefault(value => value.Key == SourceProperty).Value?.ToString() ?? entry.Category);
            json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
            WriteProperties(json, [.. values.Where(value => char.IsLetter(value.Key[0]))]);
            if (entry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void WriteProperties(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> properties)
    {
        foreach (var (name, value) in properties.Where(property => property.Key is "Run" or "Iteration"))
            WriteValue(json, JsonNamingPolicy.CamelCase.ConvertName(name), value);
        json.WriteStartObject("properties");
        foreach (var (name, value) in properties.DistinctBy(property => property.Key))
            WriteValue(json, JsonNamingPolicy.CamelCase.ConvertName(name), value);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }

    private static string WordOf(Level level) => level switch
    {
        Level.Trace => "trace",
        Level.Debug => "debug",
        Level.Information => "info",
        Level.Warning => "warning",
        Level.Error => "error",
        _ => "critical",
    };
}
