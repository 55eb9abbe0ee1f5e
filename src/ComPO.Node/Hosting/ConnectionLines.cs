using System.Globalization;
using Akka.Event;
using Akka.Remote;

namespace ComPO.Node.Hosting;

/// <summary>
/// What a node says when a connection ends. That a peer was killed or has hung up is daily life; Akka tells it twice, the second time as an error, each
/// time with the stack of its own actors. Here it is one line, and a warning.
/// </summary>
internal static class ConnectionLines
{
    /// <summary>The type of what is thrown when a peer goes; it is Akka's own, and so known by its name alone.</summary>
    public const string EndOfConnection = "Akka.Remote.EndpointDisassociatedException";

    /// <summary>What to log in place of an event; null for nothing, since another line says it.</summary>
    public static LogEvent? Calm(LogEvent log) => log switch
    {
        // Told by whoever supervises the connection too, as a warning.
        Error { Cause: { } cause } when cause.GetType().FullName == EndOfConnection => null,
        Warning { Message: LogMessage message } when message.Parameters().Any(IsOfRemoting) =>
            new Warning(log.LogSource, log.LogClass, string.Format(CultureInfo.InvariantCulture, message.Format, [.. message.Parameters().Select(WithoutStack)])),
        _ => log,
    };

    private static object WithoutStack(object value) => IsOfRemoting(value) ? ((Exception)value).Message : value;

    private static bool IsOfRemoting(object value) => value is Exception && value.GetType().Assembly == typeof(RemoteSettings).Assembly;
}
