using Akka.Configuration;
using Akka.Configuration.Hocon;
using ComPO.Core.Aggregation;
using ComPO.Core.Errors;

namespace ComPO.Cluster.Configuration;

/// <summary>What <c>compo { }</c> in HOCON says, read once.</summary>
internal sealed record ComPOSettings
{
    /// <summary>The dispatcher of actors that compute.</summary>
    public const string ComputeDispatcher = "compo.dispatchers.compute";

    /// <summary>The dispatcher of actors that write files.</summary>
    public const string BlockingDispatcher = "compo.dispatchers.blocking-io";

    public required TimeSpan TrainerWait { get; init; }

    public required TimeSpan TrainerSilence { get; init; }

    public required TimeSpan TickInterval { get; init; }

    public required int UpdatesBetweenHeads { get; init; }

    public required bool SelectAhead { get; init; }

    public required TimeSpan LongestRowAhead { get; init; }

    public required TimeSpan RegisterInterval { get; init; }

    public required IReadOnlyList<string> AllowedRoots { get; init; }

    public required IReadOnlyList<string> AllowedOutputRoots { get; init; }

    public required int BlockSize { get; init; }

    public required TimeSpan BlockTime { get; init; }

    public required TimeSpan BlockDeadline { get; init; }

    public required TimeSpan RowsDeadline { get; init; }

    public required TimeSpan PersistInterval { get; init; }

    public required TimeSpan RetryInterval { get; init; }

    public required TimeSpan ResendInterval { get; init; }

    public required int MostFailures { get; init; }

    public required BlobSettings Blobs { get; init; }

    public required StoreSettings Store { get; init; }

    public required TimeSpan RequestTimeout { get; init; }

    public required TimeSpan PlanTimeout { get; init; }

    /// <summary>Reads an actor system's configuration.</summary>
    /// <exception cref="UsageException">A key is unknown, or a value is outside its range.</exception>
    public static ComPOSettings Read(Config config)
    {
        RefuseUnknownKeys(config);
        return new ComPOSettings
        {
            TrainerWait = config.GetTimeSpan("compo.supervisor.trainer-wait"),
            TrainerSilence = config.GetTimeSpan("compo.supervisor.trainer-silence"),
            TickInterval = config.GetTimeSpan("compo.supervisor.tick-interval"),
            UpdatesBetweenHeads = ReadCount(config, "compo.supervisor.updates-between-heads", 1_000_000),
            SelectAhead = config.GetBoolean("compo.selection.ahead"),
            LongestRowAhead = config.GetTimeSpan("compo.selection.longest-row-ahead"),
            RegisterInterval = config.GetTimeSpan("compo.node.register-interval"),
            AllowedRoots = [.. config.GetStringList("compo.node.allowed-roots")],
            AllowedOutputRoots = [.. config.GetStringList("compo.node.allowed-output-roots")],
            BlockDeadline = config.GetTimeSpan("compo.probing.block-deadline"),
            RowsDeadline = config.GetTimeSpan("compo.probing.rows-deadline"),
            PersistInterval = config.GetTimeSpan("compo.probing.persist-interval"),
            BlockTime = config.GetTimeSpan("compo.probing.block-time"),
            BlockSize = ReadCount(config, "compo.probing.block-size", OutcomeTally.MostPerturbations),
            RetryInterval = config.GetTimeSpan("compo.probing.retry-interval"),
            ResendInterval = config.GetTimeSpan("compo.probing.resend-interval"),
            MostFailures = ReadCount(config, "compo.probing.most-failures", 1000),
            Blobs = new BlobSettings(
                ReadCount(config, "compo.blobs.window", 64),
                config.GetTimeSpan("compo.blobs.chunk-timeout"),
                ReadCount(config, "compo.blobs.most-silences", 1000),
                ReadCount(config, "compo.blobs.most-bytes", Array.MaxLength)),
            Store = new StoreSettings(
                config.GetString("compo.store.folder") ?? "", ReadBytes(config, "compo.store.features-quota"), ReadBytes(config, "compo.store.scores-quota")),
            RequestTimeout = config.GetTimeSpan("compo.admin.request-timeout"),
            PlanTimeout = config.GetTimeSpan("compo.admin.plan-timeout"),
        };
    }

    private static int ReadCount(Config config, string key, int most)
    {
        var value = config.GetLong(key);
        return value >= 1 && value <= most
            ? (int)value
            : throw new UsageException($"The configuration key {key} is {value}; expected a number from 1 to {most}.");
    }

    private static long ReadBytes(Config config, string key)
    {
        var value = config.GetLong(key);
        return value >= 0 ? value : throw new UsageException($"The configuration key {key} is {value}; expected a number of bytes, 0 for none.");
    }

    // A misspelt key would silently change nothing.
    private static void RefuseUnknownKeys(Config config)
    {
        foreach (var key in Keys(config.GetConfig("compo").Root, "compo"))
        {
            if (!ComPODefaults.Hocon.HasPath(key))
                throw new UsageException($"The configuration key {key} is unknown; the files in hocon/ list and explain every key of compo.");
        }
    }

    private static IEnumerable<string> Keys(HoconValue value, string path) => value.IsObject()
        ? value.GetObject().Items.SelectMany(item => Keys(item.Value, $"{path}.{item.Key}"))
        : [path];
}

/// <summary>How blobs are fetched.</summary>
/// <param name="Window">Chunks under way at once.</param>
/// <param name="ChunkTimeout">How long to wait for a chunk before asking again.</param>
/// <param name="MostSilences">How many requests in a row a holder may leave unanswered.</param>
/// <param name="MostBytes">The largest blob taken, in bytes.</param>
internal sealed record BlobSettings(int Window, TimeSpan ChunkTimeout, int MostSilences, int MostBytes);

/// <summary>What a trainer keeps of pairs between runs.</summary>
/// <param name="Folder">Where; empty for the node's state folder.</param>
/// <param name="FeatureBytes">The most bytes of features.</param>
/// <param name="ScoreBytes">The most bytes of log-probabilities.</param>
internal sealed record StoreSettings(string Folder, long FeatureBytes, long ScoreBytes);
