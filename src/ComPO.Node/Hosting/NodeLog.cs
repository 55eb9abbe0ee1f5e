using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ComPO.Node.Hosting;

/// <summary>What a node logs, and how: warnings and errors on standard error, because standard output is for results.</summary>
internal static class NodeLog
{
    /// <summary>Sets up the process's log.</summary>
    public static void AddTo(ILoggingBuilder logging, HostSettings hosting)
    {
        logging.SetMinimumLevel(hosting.Verbose ? LogLevel.Information : LogLevel.Warning);
        // A line for every request of a page that is asked for each second says nothing.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // That the keys of the page's forms are kept in memory alone, and gone with the process, is no news to an operator.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        if (hosting.LogsJson)
            logging.AddConsole(console => console.FormatterName = JsonLog.FormatterName).AddConsoleFormatter<JsonLog, ConsoleFormatterOptions>();
        else
            logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>Has the actor system log to the process's.</summary>
    public static void AddTo(LoggerConfigBuilder loggers, HostSettings hosting)
    {
        // Brings the factory along, which ours hands on to.
        loggers.AddLoggerFactory();
        loggers.ClearLoggers();
        loggers.AddLogger<BoundedLogger>();
        loggers.LogLevel = hosting.Verbose ? Akka.Event.LogLevel.InfoLevel : Akka.Event.LogLevel.WarningLevel;
    }
}
