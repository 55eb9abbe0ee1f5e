using System.Threading.RateLimiting;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting.Logging;
using Akka.Remote;
using Microsoft.Extensions.Logging;

namespace ComPO.Node.Hosting;

/// <summary>
/// Hands the log on, and bounds how much whoever sends rubbish to the port can make a node write: of each part of remoting ten lines at once, then one
/// a second. How many were left out is said with the next one. What the node's own actors say is never left out.
/// </summary>
internal sealed class BoundedLogger : LoggerFactoryLogger
{
    private static readonly TokenBucketRateLimiterOptions Rate = new() { TokenLimit = 10, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(1) };

    private readonly Dictionary<Type, TokenBucketRateLimiter> _rates = [];
    private readonly Dictionary<Type, int> _leftOut = [];
    private readonly ILogger? _structured;

    /// <summary>Hands on sentences, or, where lines are JSON, their parts.</summary>
    public BoundedLogger()
    {
        if (Context.System.Settings.Config.GetString(HostSettings.LogFormatKey) == "json")
            _structured = Context.System.Settings.Setup.Get<LoggerFactorySetup>().Value.LoggerFactory.CreateLogger("Akka");
    }

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        if (message is not LogEvent { LogClass: { } source } || source.Assembly != typeof(RemoteSettings).Assembly)
            return base.Receive(message);
        if (!_rates.TryGetValue(source, out var rate))
            _rates[source] = rate = new TokenBucketRateLimiter(Rate);
        using var lease = rate.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            _leftOut[source] = _leftOut.GetValueOrDefault(source) + 1;
            return true;
        }
        if (_leftOut.Remove(source, out var lines))
            base.Receive(new Warning(source.Name, source, $"{lines} lines like the next were left out."));
        return base.Receive(message);
    }

    /// <inheritdoc/>
    protected override void Log(LogEvent log, ActorPath path)
    {
        if (_structured is null)
            base.Log(log, path);
        else
            JsonLog.Write(_structured, log);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        foreach (var rate in _rates.Values)
            rate.Dispose();
        base.PostStop();
    }
}
