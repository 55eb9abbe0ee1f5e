using System.Globalization;
using Akka.Actor;
using Akka.Event;
using ComPO.Protocol;

namespace ComPO.Cluster.Admin;

/// <summary>Remembers the last lines of the node's log, whatever else is done with it.</summary>
internal sealed class LogTail : ReceiveActor
{
    private readonly LineRing _lines = new();

    public LogTail()
    {
        Receive<LogEvent>(logged => _lines.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{logged.Timestamp.ToUniversalTime():yyyy-MM-ddTHH:mm:ss.fffZ} {LevelOf(logged)} {logged.Message}{Cause(logged)}")));
        Receive<GetTail>(request => Sender.Tell(_lines.After(request.After)));
    }

    public static Props PropsFor() => Props.Create(() => new LogTail());

    protected override void PreStart()
    {
        // Lines below the node's own level are not made.
        foreach (var level in (Type[])[typeof(Info), typeof(Warning), typeof(Error)])
            Context.System.EventStream.Subscribe(Self, level);
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private static string LevelOf(LogEvent logged) => logged.LogLevel() switch
    {
        LogLevel.ErrorLevel => "error",
        LogLevel.WarningLevel => "warning",
        _ => "info",
    };

    private static string Cause(LogEvent logged) => logged.Cause is { } cause ? $" ({cause.GetType().Name}: {cause.Message})" : "";
}
