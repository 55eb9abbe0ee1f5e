using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Selecting;

/// <summary>Where a run stands and who is there. From the supervisor.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">What it does next, or does now.</param>
/// <param name="Leader">The trainer with a body that leads; null when there is none.</param>
/// <param name="Trainers">All trainers, in the order of their addresses.</param>
internal sealed record SearchStands(RunState Run, NextStep Step, Trainer? Leader, IReadOnlyList<Trainer> Trainers) : INoSerializationVerificationNeeded;

/// <summary>The pair of an iteration is found, and its features are made.</summary>
internal sealed record PairIsFound(int Iteration, int Row, Digest FeatureDigest, int Dimension, RowsSkipped Rows) : INoSerializationVerificationNeeded;

/// <summary>No row of the data is a noisy pair.</summary>
internal sealed record NoPairIsLeft(int Iteration, RowsSkipped Rows) : INoSerializationVerificationNeeded;

/// <summary>No trainer could look at a row that the search comes to: whoever leads has to search alone, and say what is wrong.</summary>
internal sealed record SearchIsBeyond(int Iteration) : INoSerializationVerificationNeeded;

/// <summary>
/// Finds a run's pairs by the reference rule, a child of the supervisor for one run: has all nodes with bodies look at rows of the data, some of them
/// ahead of the run. What it finds ahead is kept nowhere else and may be lost. Which pair is an iteration's follows from the data and the rule alone
/// (<see cref="SearchBoard"/>).
/// </summary>
internal sealed class PairScout : ReceiveActor, IWithTimers
{
    // So many pairs are known ahead: iterations take much the same time, the way from one noisy row to the next does not.
    private const int PairsAhead = 4;

    private readonly SearchBoard _board = new();
    private readonly Dictionary<string, Trainer> _trainers = new(StringComparer.Ordinal);
    private readonly TimeSpan _resendInterval;
    private SearchStands? _stands;
    private List<string> _ready = [];
    private bool _hasTold;

    public PairScout(TimeSpan resendInterval)
    {
        _resendInterval = resendInterval;
        Receive<SearchStands>(OnStands);
        Receive<INodeReply>(OnReply);
        Receive<Resend>(_ => OnResend());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="resendInterval">When to ask again what was not answered.</param>
    public static Props PropsFor(TimeSpan resendInterval) => Props.Create(() => new PairScout(resendInterval));

    /// <summary>What a run at a step wants to know of its pairs.</summary>
    public static SearchAim AimOf(RunState run, NextStep step)
    {
        var needed = run.Settings.Iterations - run.Committed;
        return step switch
        {
            NextStep.Select => new SearchAim(run.NextRow, Math.Min(needed, 1 + PairsAhead), IsUrgent: true),
            NextStep.Aggregate => new SearchAim(run.Pair!.Row + 1, Math.Min(needed - 1, PairsAhead), IsUrgent: false),
            NextStep.Evaluate or NextStep.WriteCheckpoint or NextStep.KeepHead => new SearchAim(run.NextRow, Math.Clamp(needed, 0, PairsAhead), IsUrgent: false),
            _ => SearchAim.Nothing,
        };
    }

    protected override void PreStart() => Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _resendInterval);

    private void OnStands(SearchStands stands)
    {
        // Whoever could make no use of it then has to hear it again.
        (_stands, _hasTold) = (stands, false);
        Muster(stands);
        _board.Aim(AimOf(stands.Run, stands.Step));
        Deal();
    }

    private void OnReply(INodeReply reply)
    {
        if (_trainers.Values.FirstOrDefault(trainer => trainer.Agent.Equals(Sender)) is not { } trainer)
            return;
        _board.Take(trainer.Address, reply);
        Deal();
    }

    private void OnResend()
    {
        foreach (var errand in _board.Errands)
            _trainers[errand.Node].Agent.Tell(errand.Request);
        _hasTold = false;
        Tell();
    }

    private void Muster(SearchStands stands)
    {
        var before = _trainers.Values.ToList();
        _trainers.Clear();
        // One that is catching up goes on with what it was asked before.
        foreach (var trainer in stands.Trainers.Where(trainer => trainer.Node is { State: TrainerState.Ready or TrainerState.CatchingUp, HasBody: true }))
            _trainers[trainer.Address] = trainer;
        // One that was started again remembers nothing of what it was asked.
        foreach (var gone in before.Where(trainer => !_trainers.TryGetValue(trainer.Address, out var now) || !now.Agent.Equals(trainer.Agent)))
            _board.Lose(gone.Address);
        _ready = [.. _trainers.Values.Where(trainer => trainer.Node.State == TrainerState.Ready).Select(trainer => trainer.Address)];
        if (stands.Leader is { } leader && _ready.Remove(leader.Address))
            _ready.Insert(0, leader.Address);
    }

    private void Deal()
    {
        foreach (var errand in _board.Deal(_ready))
            _trainers[errand.Node].Agent.Tell(errand.Request);
        Tell();
    }

    /// <summary>Tells the supervisor what it waits for.</summary>
    private void Tell()
    {
        if (_stands is not { Step: NextStep.Select, Run: var run } || _hasTold)
            return;
        object? news = _board switch
        {
            { Found: var (row, pair) } => new PairIsFound(run.Committed, row, pair.FeatureDigest, pair.Dimension, Skipped(run, row)),
            { IsExhausted: true } => new NoPairIsLeft(run.Committed, Skipped(run, null)),
            _ when _board.IsBeyond(_ready) => new SearchIsBeyond(run.Committed),
            _ => null,
        };
        if (news is null)
            return;
        _hasTold = true;
        Context.Parent.Tell(news);
    }

    private RowsSkipped Skipped(RunState run, int? row)
    {
        SkippedRow[] passed = [.. new SearchPath(run.Settings.Offset, run.Commits.Select(committed => committed.Row)).NewlySkipped(_board.Rows, row)];
        return new RowsSkipped(SkippedCounts.Add(run.Skipped, passed), SkippedRowList.Beyond(run.SkippedRows, passed));
    }

    /// <summary>Time to repeat what was not answered.</summary>
    internal sealed class Resend : INoSerializationVerificationNeeded
    {
        public static readonly Resend Instance = new();

        private Resend()
        {
        }
    }
}
