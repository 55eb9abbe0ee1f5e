using System.Threading.RateLimiting;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting.Logging;
using Akka.Remote;
using Microsoft.Extensions.Logging;

namespace ComPO.Node.Hosting;

/// <summary>
/// Hands the log on, and bounds how much whoever sends rubbish to the port, or says over and over that a trainer has come, can make a node write: of each
/// part of remoting ten lines at once, then one a second; of each part of the node itself so many that its operators miss nothing. How many were left out
/// is said with the next one.
/// </summary>
internal sealed class BoundedLogger : LoggerFactoryLogger
{
    private static readonly TokenBucketRateLimiterOptions OfRemoting = Rate(atOnce: 10, aSecond: 1);
    private static readonly TokenBucketRateLimiterOptions OfOwn = Rate(atOnce: 200, aSecond: 1);

    // What is no warning is written only for whoever asks for all of it.
    private static readonly TokenBucketRateLimiterOptions OfDetails = Rate(atOnce: 1000, aSecond: 100);

    private readonly Dictionary<(Type Source, bool IsDetail), TokenBucketRateLimiter> _rates = [];
    private readonly Dictionary<(Type Source, bool IsDetail), int> _leftOut = [];
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
        if (message is not LogEvent said)
            return base.Receive(message);
        if (ConnectionLines.Calm(said) is not { } log)
            return true;
        var part = (Source: log.LogClass ?? typeof(object), IsDetail: log.LogLevel() < Akka.Event.LogLevel.WarningLevel);
        if (!_rates.TryGetValue(part, out var rate))
            _rates[part] = rate = new TokenBucketRateLimiter(part.Source.Assembly == typeof(RemoteSettings).Assembly ? OfRemoting : part.IsDetail ? OfDetails : OfOwn);
        using var lease = rate.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            _leftOut[part] = _leftOut.GetValueOrDefault(part) + 1;
            return true;
        }
        if (_leftOut.Remove(part, out var lines))
            base.Receive(new Warning(part.Source.Name, part.Source, $"{lines} lines like the next were left out."));
        return base.Receive(log);
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

    private static TokenBucketRateLimiterOptions Rate(int atOnce, int aSecond) =>
        new() { TokenLimit = atOnce, TokensPerPeriod = aSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1) };
}
