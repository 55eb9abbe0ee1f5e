using Akka.Actor;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// Does what is asked of the model, one thing after another, on a thread of its own. Each job ends in one <see cref="JobDone"/>: an exception
/// becomes a <see cref="NodeFailed"/> and the model stays as it was. Rows that the run waits for are looked at for a while at once; those ahead of it one by
/// one, with rests between in which the processors are for the devices, and other jobs first. Devices stand still for a row, so that both together never take
/// more threads than there are. A long one is begun only where it keeps no job waiting: while devices probe, if they are likely to go on until it ends.
/// </summary>
internal sealed class ModelWorker : ReceiveActor, IWithTimers
{
    // After so long a scan that the run waits for is answered with what it has: others may go on with the rest.
    private static readonly TimeSpan LongestScan = TimeSpan.FromMilliseconds(250);

    // How long the worker rests for a row ahead, in times that it took: a fifth of the time is for rows.
    private const int RestsARow = 4;

    private readonly ModelSession _session;
    private readonly TimeProvider _time;
    private readonly TimeSpan _longestRowAhead;
    private (Job Job, RowScan? Rows)? _ahead;
    private TimeSpan _lastRow;
    private long _rowEnded;
    // Since when devices have been probing the pair that was prepared, and how long it took until something was asked the time before.
    private long? _probingSince;
    private TimeSpan _lastProbing;

    public ModelWorker(ModelSession session, TimeSpan longestRowAhead, TimeProvider time)
    {
        (_session, _longestRowAhead, _time) = (session, longestRowAhead, time);
        Receive<Job>(OnJob);
        Receive<NextRow>(_ => OnNextRow());
        Receive<LendHead>(lend => Sender.Tell(new HeadLent(_session.TryCopyHead(lend.Digest, lend.Into))));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="session">The model; disposed of with the worker.</param>
    /// <param name="longestRowAhead">
    /// Other jobs, for which other nodes may wait, have to wait for a row ahead: when the last one took longer than this, none is begun but where it
    /// is likely to end while devices still probe.
    /// </param>
    /// <param name="time">Tells how long rows take.</param>
    public static Props PropsFor(ModelSession session, TimeSpan longestRowAhead, TimeProvider time) =>
        Props.Create(() => new ModelWorker(session, longestRowAhead, time));

    protected override void PostStop() => _session.Dispose();

    private void OnJob(Job job)
    {
        // Another scan takes its place; another model, or none, has no use for it.
        if (job.Request is ScanRows or LoadModel or ReleaseModel)
            PutAside();
        if (job.Request is not ScanRows { IsUrgent: false })
            ProbingIsOver();
        switch (job.Request)
        {
            case ScanRows { IsUrgent: true } scan:
                Context.Parent.Tell(Do(job, () => ScanAtOnce(scan))!);
                break;
            case ScanRows:
                _ahead = (job, null);
                Rest();
                break;
            default:
                var done = Do(job, () => _session.Process(job.Request, job.Cancellation))!;
                if (job.Request is PreparePair)
                    ProbingBegins();
                Context.Parent.Tell(done);
                break;
        }
    }

    private void ProbingBegins()
    {
        _probingSince = _time.GetTimestamp();
        if (_ahead is not null)
            Rest();
    }

    private void ProbingIsOver()
    {
        if (_probingSince is { } since)
            _lastProbing = _time.GetElapsedTime(since);
        _probingSince = null;
    }

    private RowsScanned ScanAtOnce(ScanRows scan)
    {
        var since = _time.GetTimestamp();
        var rows = _session.Scan(scan);
        while (!rows.IsDone)
        {
            Step(rows);
            if (_time.GetElapsedTime(since) >= LongestScan)
                break;
        }
        return rows.Reply;
    }

    private void OnNextRow()
    {
        // One that would keep others waiting is looked at when the next pair is probed, or the run waits for it.
        if (_ahead is not var (job, begun) || !KeepsNobodyWaiting)
            return;
        var done = Do(job, () =>
        {
            var rows = begun ?? _session.Scan((ScanRows)job.Request);
            _ahead = (job, rows);
            if (!rows.IsDone)
                Step(rows);
            return rows.IsDone ? rows.Reply : null;
        });
        if (done is null)
        {
            Rest();
            return;
        }
        _ahead = null;
        Context.Parent.Tell(done);
    }

    private void Step(RowScan rows)
    {
        var since = _time.GetTimestamp();
        _session.Step(rows);
        _rowEnded = _time.GetTimestamp();
        _lastRow = _time.GetElapsedTime(since, _rowEnded);
    }

    private void Rest()
    {
        var rest = RestsARow * _lastRow - _time.GetElapsedTime(_rowEnded);
        Timers.StartSingleTimer(NextRow.Instance, NextRow.Instance, rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
    }

    // If the next row is like the last one, and this pair's probing like that of the one before.
    private bool KeepsNobodyWaiting =>
        _lastRow <= _longestRowAhead || _probingSince is { } since && _time.GetElapsedTime(since) + _lastRow <= _lastProbing;

    private void PutAside()
    {
        if (_ahead is var (job, _))
            Context.Parent.Tell(Failed(job, "Something else was asked for in its place.", ExitCode.Interrupted));
        _ahead = null;
        Timers.Cancel(NextRow.Instance);
    }

    // Null while the job goes on.
    private JobDone? Do(Job job, Func<INodeReply?> process)
    {
        var since = _time.GetTimestamp();
        try
        {
            job.Cancellation.ThrowIfCancellationRequested();
            return process() is { } reply ? new JobDone(job, reply, _session.Pair) : null;
        }
        catch (OperationCanceledException) when (job.Cancellation.IsCancellationRequested)
        {
            return Failed(job, "It was cancelled.", ExitCode.Interrupted);
        }
        catch (ComPOException exception)
        {
            return Failed(job, exception.Message, exception.ExitCode);
        }
        // The model's libraries throw what they like; the run that asked must hear of it, and the node live on.
        catch (Exception exception)
        {
            return Failed(job, $"{job.Request.GetType().Name} failed with {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}", ExitCode.RunFailed);
        }
        finally
        {
            Instruments.RequestSeconds.Record(
                _time.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("request", job.Request.GetType().Name));
        }
    }

    private JobDone Failed(Job job, string sentence, ExitCode exitCode) => new(
        job, new NodeFailed(job.Request.Request, Limits.Fit(sentence), (int)exitCode), _session.Pair);

    /// <summary>A request whose blobs are all on the shelf.</summary>
    internal sealed record Job(INodeRequest Request, IActorRef Asker, CancellationToken Cancellation) : INoSerializationVerificationNeeded;

    /// <summary>Copies the head that the run has at this moment, if it is the one that is wanted. Answered by <see cref="HeadLent"/>.</summary>
    /// <param name="Digest">The head that is wanted.</param>
    /// <param name="Into">Takes its values; nobody else touches it until the answer.</param>
    internal sealed record LendHead(Digest Digest, HeadWeights Into) : INoSerializationVerificationNeeded;

    /// <summary>Whether it was.</summary>
    internal sealed record HeadLent(bool IsWanted) : INoSerializationVerificationNeeded;

    /// <summary>Time for the next row ahead, behind whatever else has come.</summary>
    internal sealed class NextRow : INoSerializationVerificationNeeded
    {
        public static readonly NextRow Instance = new();

        private NextRow()
        {
        }
    }

    /// <summary>A job's answer, and the pair that is prepared now.</summary>
    internal sealed record JobDone(Job Job, INodeReply Reply, PairSession? Pair) : INoSerializationVerificationNeeded;
}
