using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// What was asked lately and what was answered. Requests come again until they are answered, because either may be lost on the way; none is done
/// twice.
/// </summary>
internal sealed class RequestMemory
{
    // Askers wait for one answer each, so that few are enough; answers can be large. What is being done is no answer yet, and is kept until it is.
    private const int Most = 64;

    private readonly Dictionary<(IActorRef Asker, long Request), INodeReply?> _answers = [];
    private readonly Queue<(IActorRef Asker, long Request)> _answered = [];

    /// <summary>Takes a request down.</summary>
    /// <param name="asker">Who asks.</param>
    /// <param name="request">The number of the request; 0 is never remembered.</param>
    /// <param name="answer">What was answered before; null when it is being done.</param>
    /// <returns>Whether it is new.</returns>
    public bool IsNew(IActorRef asker, long request, out INodeReply? answer)
    {
        answer = null;
        if (request == 0)
            return true;
        if (_answers.TryGetValue((asker, request), out answer))
            return false;
        _answers[(asker, request)] = null;
        return true;
    }

    /// <summary>Takes an answer down.</summary>
    public void Remember(IActorRef asker, INodeReply answer)
    {
        if (!_answers.TryGetValue((asker, answer.Request), out var before) || before is not null)
            return;
        _answers[(asker, answer.Request)] = answer;
        _answered.Enqueue((asker, answer.Request));
        if (_answered.Count > Most)
            _answers.Remove(_answered.Dequeue());
    }
}
