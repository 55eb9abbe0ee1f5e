using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Cluster.Trainers;

/// <summary>A trainer's node agent and what it said about itself.</summary>
internal sealed record Trainer(IActorRef Agent, NodeStatus Node)
{
    /// <summary>Its address, which names it.</summary>
    public string Address => Node.Address;
}
