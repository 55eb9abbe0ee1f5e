using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Cluster.Trainers;

/// <summary>How far a round of requests is.</summary>
internal enum RoundState
{
    /// <summary>The reply belongs to no request of this round: it comes too late.</summary>
    Stale,

    /// <summary>Others have yet to answer.</summary>
    Open,

    /// <summary>All have answered.</summary>
    Complete,

    /// <summary>One could not do it.</summary>
    Failed,
}

/// <summary>
/// One request to each of some trainers, and their answers in the order of the trainers, whatever order they come in. A new round
/// forgets the one before.
/// </summary>
internal sealed class NodeRound
{
    /// <summary>The number of a request whose answer nobody waits for.</summary>
    public const long NoOne = 0;

    private readonly SortedDictionary<long, (int Place, INodeRequest Request)> _pending = [];
    private INodeReply?[] _replies = [];
    private IReadOnlyList<Trainer> _trainers = [];
    private long _lastRequest;

    /// <summary>The trainer that failed, and why, when the state is <see cref="RoundState.Failed"/>.</summary>
    public (Trainer Trainer, NodeFailed Reply)? Failure { get; private set; }

    /// <summary>Those that have not answered yet, in the order of the trainers.</summary>
    public IReadOnlyList<Trainer> Unanswered => [.. _pending.Values.Select(pending => _trainers[pending.Place])];

    /// <summary>Whether one has answered, so that what is asked can be done.</summary>
    public bool HasAnswer => _pending.Count < _trainers.Count;

    /// <summary>Asks each trainer.</summary>
    /// <param name="trainers">Whom.</param>
    /// <param name="request">What, from the trainer's place in the list and the request's number.</param>
    /// <param name="self">Who asks.</param>
    public void Ask(IReadOnlyList<Trainer> trainers, Func<int, long, INodeRequest> request, IActorRef self)
    {
        Forget();
        (_trainers, _replies) = (trainers, new INodeReply?[trainers.Count]);
        for (var i = 0; i < trainers.Count; i++)
        {
            var asked = request(i, ++_lastRequest);
            _pending[_lastRequest] = (i, asked);
            trainers[i].Agent.Tell(asked, self);
        }
    }

    /// <summary>Asks again those that have not answered: a request or its answer may be lost.</summary>
    public void Resend(IActorRef self)
    {
        foreach (var (place, request) in _pending.Values)
            _trainers[place].Agent.Tell(request, self);
    }

    /// <summary>Takes a reply down.</summary>
    public RoundState Take(INodeReply reply)
    {
        if (!_pending.Remove(reply.Request, out var pending))
            return RoundState.Stale;
        var place = pending.Place;
        if (reply is NodeFailed failed)
        {
            Failure = (_trainers[place], failed);
            _pending.Clear();
            return RoundState.Failed;
        }
        _replies[place] = reply;
        return _pending.Count == 0 ? RoundState.Complete : RoundState.Open;
    }

    /// <summary>The replies in the order of the trainers, if all are of a kind.</summary>
    public IReadOnlyList<TReply> Replies<TReply>()
        where TReply : INodeReply => [.. _replies.Cast<TReply>()];

    /// <summary>Expects no more answers.</summary>
    public void Forget()
    {
        _pending.Clear();
        Failure = null;
    }
}
