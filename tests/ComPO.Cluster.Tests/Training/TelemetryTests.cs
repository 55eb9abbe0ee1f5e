using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Core.Telemetry;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Training;

/// <summary>Whoever listens during a run hears what its log says. The meter is the process's, so no other run may go on meanwhile.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, double> _sums = [];
    private readonly ConcurrentDictionary<string, double> _last = [];
    private readonly ConcurrentQueue<Activity> _spans = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Metrics_and_spans_of_a_run_say_what_its_log_says()
    {
        using var metrics = ListenToMetrics();
        using var spans = ListenToSpans();
        var settings = new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = 4, Perturbations = 200, Radius = 0.01, Gate = 0.05, Density = 0.1, StepSize = 1, NoiseThreshold = 50,
            Output = _folder["run"],
        };

        var records = await RunAsync(settings, "compo.probing { block-size = 16, block-time = 0s }");

        var improved = records.Sum(record => record.Improved!.Value);
        Assert.Equal(1, _sums["compo.runs.started"]);
        Assert.Equal(1, _sums["compo.runs.ended completed"]);
        Assert.Equal(records.Count(record => record.Accepted == true), _sums.GetValueOrDefault("compo.iterations accepted"));
        Assert.Equal(4, _sums.Where(sum => sum.Key.StartsWith("compo.iterations ", StringComparison.Ordinal)).Sum(sum => sum.Value));
        Assert.Equal((improved, 800 - improved), (_sums["compo.perturbations improved"], _sums["compo.perturbations not_improved"]));
        // 200 perturbations are twelve blocks of 16 and one of 8.
        Assert.Equal(4 * 13, _sums["compo.blocks.answered"]);
        Assert.InRange(_sums["compo.blocks.handed_out"], 4 * 13, 4 * 26);
        Assert.Equal(records.Sum(record => record.Seconds["probe"]), _sums["compo.iteration.phase.duration probe"], 9);
        Assert.InRange(_sums["compo.probe.duration cpu"], 1e-6, 60);
        Assert.InRange(_sums["compo.model.request.duration TallyRows"], 1e-6, 60);
        Assert.InRange(_sums["compo.journal.persist.duration"], 1e-6, 60);
        Assert.InRange(_sums["compo.select.rows"], 4, 1000);
        Assert.Equal(records[^1].After.Chosen, _last["compo.logp.chosen"]);
        Assert.Equal(records[^1].Predicted, _last["compo.improved.predicted"]);
        Assert.Equal(records[^1].Improved!.Value / 200.0, _last["compo.improved.observed"]);
        Assert.InRange(_last["compo.disk.free"], 1, _last["compo.disk.size"]);
        // The supervisor has left with its node.
        Assert.Equal((0, 0), (_last["compo.supervisor.active"], _last["compo.run.active"]));

        var iterations = _spans.Where(span => span.OperationName == "iteration").ToList();
        Assert.Equal([0, 1, 2, 3], iterations.Select(span => (int)span.GetTagItem("compo.iteration")!).Order());
        Assert.All(iterations, span => Assert.Equal("measured", span.GetTagItem("compo.run")));
        Assert.All(iterations, span => Assert.Superset(
            new HashSet<string> { "selecting", "preparing", "probing", "aggregating" },
            _spans.Where(part => part.ParentSpanId == span.SpanId).Select(part => part.OperationName).ToHashSet()));
    }

    [Fact]
    public async Task A_second_run_finds_in_the_store_what_the_first_has_put_there()
    {
        // Ten of the twelve rows hold a pair; all are noisy, and each is the run's at least once.
        var settings = new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = 12, Perturbations = 20, Radius = 0.01, Density = 0.1, NoiseThreshold = 1000, Output = _folder["first"],
        };
        var hocon = $"compo.store.folder = \"{_folder["store"]}\"";
        using var metrics = ListenToMetrics();
        await RunAsync(settings, hocon);
        foreach (var store in (string[])["scores", "features"])
            Assert.InRange(_sums[$"compo.store.lookups {store} miss"], 10, 12);
        _sums.Clear();

        await RunAsync(settings with { Output = _folder["second"] }, hocon);

        foreach (var store in (string[])["scores", "features"])
        {
            Assert.InRange(_sums[$"compo.store.lookups {store} hit"], 10, 1000);
            Assert.DoesNotContain($"compo.store.lookups {store} miss", _sums);
        }
    }

    [Fact]
    public async Task A_paused_run_is_told_of_by_its_cause()
    {
        using var metrics = ListenToMetrics();
        using var mayGoOn = new ManualResetEventSlim();
        var isFull = true;
        var loader = new TinyModelLoader
        {
            BeforeProbe = (_, cancellation) => mayGoOn.Wait(cancellation),
            BeforeExport = () =>
            {
                if (Volatile.Read(ref isFull))
                    throw new StorageException("The model cannot be written: no space left.");
            },
        };
        var settings = new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = 1, Perturbations = 20, Radius = 0.01, Gate = 0.05, Density = 0.1, NoiseThreshold = 50, Output = _folder["run"],
        };
        await using var node = await TestNode.StartAsync(["seed", "trainer"], loader);
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("measured", settings.ToJson()));

        await console.UntilAsync(_ => _last.GetValueOrDefault("compo.run.active") == 1);
        Assert.Equal((0, 0), (_last["compo.run.paused operator"], _last["compo.run.paused fault"]));
        await console.AskAsync(new PauseTraining(null));
        await console.UntilAsync(_ => _last["compo.run.paused operator"] == 1);
        Assert.Equal(0, _last["compo.run.paused fault"]);
        await console.AskAsync(new ResumeTraining(null));
        mayGoOn.Set();
        await console.UntilAsync(_ => _last["compo.run.paused fault"] == 1);
        Assert.Equal((0, 1), (_last["compo.run.paused operator"], _last["compo.run.active"]));
        Volatile.Write(ref isFull, false);
        await console.AskAsync(new ResumeTraining(null));
        await console.UntilAsync(_ => _last["compo.run.active"] == 0);
        Assert.Equal(0, _last["compo.run.paused fault"]);
    }

    private static async Task<IReadOnlyList<IterationRecord>> RunAsync(RunSettings settings, string hocon = "")
    {
        await using var node = await TestNode.StartAsync(["seed", "trainer"], new TinyModelLoader(), hocon: hocon);
        await using var console = new TestConsole(node.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("measured", settings.ToJson())));
        var (lines, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        return [.. lines.Select(line => IterationRecord.FromJson(line, "line"))];
    }

    private MeterListener ListenToMetrics()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == Instruments.Name)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = instrument.Name;
        foreach (var tag in tags)
            key += $" {tag.Value}";
        _sums.AddOrUpdate(key, value, (_, sum) => sum + value);
        _last[key] = value;
    }

    private ActivityListener ListenToSpans()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Instruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}

[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
public sealed class AloneInItsProcess;
