using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ComPO.Core.Telemetry;

/// <summary>
/// Everything that ComPO measures of itself while it runs: one meter and one source of spans, both named <see cref="Name"/>. Units are UCUM's. What
/// nobody listens to costs a comparison. deploy/observing.md has them as a table.
/// </summary>
public static class Instruments
{
    /// <summary>The name of the meter and of the source.</summary>
    public const string Name = "ComPO";

    private static readonly double[] SecondsBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private static readonly Meter Meter = new(Name, typeof(Instruments).Assembly.GetName().Version?.ToString(3));

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = SecondsBounds };

    /// <summary>Spans of iterations and of their phases.</summary>
    public static ActivitySource Activities { get; } = new(Name, Meter.Version);

    /// <summary>1 on the node that holds the supervisor, 0 where it was.</summary>
    public static Gauge<int> SupervisorActive { get; } = Meter.CreateGauge<int>("compo.supervisor.active", "{supervisor}", "Whether this node holds the supervisor");

    /// <summary>Runs that a supervisor has taken over from another, or from before a restart.</summary>
    public static Counter<long> Failovers { get; } = Meter.CreateCounter<long>("compo.supervisor.failovers", "{run}", "Active runs that a supervisor has taken over");

    /// <summary>Runs that have begun.</summary>
    public static Counter<long> RunsStarted { get; } = Meter.CreateCounter<long>("compo.runs.started", "{run}", "Runs that have begun");

    /// <summary>Runs that are over, by <c>outcome</c>.</summary>
    public static Counter<long> RunsEnded { get; } = Meter.CreateCounter<long>("compo.runs.ended", "{run}", "Runs that are over, by outcome");

    /// <summary>1 while a run is active.</summary>
    public static Gauge<int> RunActive { get; } = Meter.CreateGauge<int>("compo.run.active", "{run}", "Whether a run is active");

    /// <summary>1 while the active run is paused, by <c>cause</c>.</summary>
    public static Gauge<int> RunPaused { get; } = Meter.CreateGauge<int>("compo.run.paused", "{run}", "Whether the active run is paused, by cause");

    /// <summary>Committed iterations of the active run.</summary>
    public static Gauge<int> RunCommitted { get; } = Meter.CreateGauge<int>("compo.run.committed", "{iteration}", "Committed iterations of the active run");

    /// <summary>Iterations that the active run is to have.</summary>
    public static Gauge<int> RunPlanned { get; } = Meter.CreateGauge<int>("compo.run.planned", "{iteration}", "Iterations that the active run is to have");

    /// <summary>Committed iterations, by <c>verdict</c>.</summary>
    public static Counter<long> Iterations { get; } = Meter.CreateCounter<long>("compo.iterations", "{iteration}", "Committed iterations, by verdict");

    /// <summary>Seconds of an iteration's parts, by <c>phase</c> as the log names them.</summary>
    public static Histogram<double> PhaseSeconds { get; } = OfSeconds("compo.iteration.phase.duration", "Duration of an iteration's parts, by phase");

    /// <summary>Perturbations whose outcomes are in, by <c>outcome</c>.</summary>
    public static Counter<long> Perturbations { get; } = Meter.CreateCounter<long>("compo.perturbations", "{perturbation}", "Perturbations whose outcomes are in, by outcome");

    /// <summary>Blocks handed out to devices.</summary>
    public static Counter<long> BlocksHandedOut { get; } = Meter.CreateCounter<long>("compo.blocks.handed_out", "{block}", "Blocks handed out to devices");

    /// <summary>Blocks answered, each once.</summary>
    public static Counter<long> BlocksAnswered { get; } = Meter.CreateCounter<long>("compo.blocks.answered", "{block}", "Blocks answered, each once");

    /// <summary>Blocks that failed on a device.</summary>
    public static Counter<long> BlocksFailed { get; } = Meter.CreateCounter<long>("compo.blocks.failed", "{block}", "Blocks that failed on a device");

    /// <summary>Blocks handed out again because another device was late with them.</summary>
    public static Counter<long> BlocksRepeated { get; } = Meter.CreateCounter<long>("compo.blocks.repeated", "{block}", "Blocks handed out again while another device had them");

    /// <summary>Seconds that a device takes for a block, by <c>device</c>.</summary>
    public static Histogram<double> ProbeSeconds { get; } = OfSeconds("compo.probe.duration", "Duration of a block on a device, by device");

    /// <summary>Seconds that a trainer's model takes for what it is asked, by <c>request</c>.</summary>
    public static Histogram<double> RequestSeconds { get; } = OfSeconds("compo.model.request.duration", "Duration of what a trainer's model does, by request");

    /// <summary>Rows of the data that were looked at to find pairs.</summary>
    public static Counter<long> RowsScanned { get; } = Meter.CreateCounter<long>("compo.select.rows", "{row}", "Rows of the data looked at to find pairs");

    /// <summary>Pairs looked up among what a trainer keeps between runs, by <c>store</c> and <c>result</c>. After a miss its body runs.</summary>
    public static Counter<long> StoreLookups { get; } = Meter.CreateCounter<long>("compo.store.lookups", "{pair}", "Pairs looked up among what a trainer keeps between runs, by store and result");

    /// <summary>Bytes of features, updates and heads between nodes, by <c>direction</c>.</summary>
    public static Counter<long> BlobBytes { get; } = Meter.CreateCounter<long>("compo.blobs.transferred", "By", "Features, updates and heads sent to or received from other nodes, by direction");

    /// <summary>Seconds until an event is in the journal.</summary>
    public static Histogram<double> PersistSeconds { get; } = OfSeconds("compo.journal.persist.duration", "Time until an event is in the journal");

    /// <summary>Trainers, by <c>state</c>.</summary>
    public static Gauge<int> Trainers { get; } = Meter.CreateGauge<int>("compo.trainers", "{trainer}", "Trainers that the supervisor knows, by state");

    /// <summary>Trainers that were quarantined.</summary>
    public static Counter<long> Quarantines { get; } = Meter.CreateCounter<long>("compo.trainers.quarantined", "{trainer}", "Trainers put into quarantine");

    /// <summary>Trainers whose numbers or head were not those of the others.</summary>
    public static Counter<long> DigestMismatches { get; } = Meter.CreateCounter<long>("compo.head.mismatches", "{mismatch}", "Trainers whose head or numbers were not those of the others");

    /// <summary>The share of perturbations that improved in the last iteration.</summary>
    public static Gauge<double> ImprovedShare { get; } = Meter.CreateGauge<double>("compo.improved.observed", "1", "Share of perturbations that improved in the last iteration");

    /// <summary>The share that the closed form had predicted.</summary>
    public static Gauge<double> PredictedShare { get; } = Meter.CreateGauge<double>("compo.improved.predicted", "1", "Share that the closed form had predicted for the last iteration");

    /// <summary>The cosine of the last direction to its limit.</summary>
    public static Gauge<double> Alignment { get; } = Meter.CreateGauge<double>("compo.alignment", "1", "Cosine of the last direction to its limit");

    /// <summary>The chosen answer's log-probability in nats after the last iteration.</summary>
    public static Gauge<double> ChosenLogp { get; } = Meter.CreateGauge<double>("compo.logp.chosen", "{nat}", "Log-probability of the last pair's chosen answer, after its iteration");

    /// <summary>The rejected answer's log-probability in nats after the last iteration.</summary>
    public static Gauge<double> RejectedLogp { get; } = Meter.CreateGauge<double>("compo.logp.rejected", "{nat}", "Log-probability of the last pair's rejected answer, after its iteration");

    /// <summary>Bytes free where the run folder is.</summary>
    public static Gauge<long> DiskFree { get; } = Meter.CreateGauge<long>("compo.disk.free", "By", "Free space where the run folder is");

    /// <summary>All bytes there.</summary>
    public static Gauge<long> DiskSize { get; } = Meter.CreateGauge<long>("compo.disk.size", "By", "Size of the file system where the run folder is");

    private static Histogram<double> OfSeconds(string name, string description) => Meter.CreateHistogram(name, "s", description, tags: null, Seconds);
}
