using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>
/// What the supervisor and its aggregator ask of a trainer's node agent. Each has a number that its one answer repeats, so
/// that an answer that comes too late is known for one, and is sent again until it is answered: a request that is being done or
/// was done lately is not done twice. Any of them may be answered by <see cref="NodeFailed"/>.
/// </summary>
public interface INodeRequest : IComPOMessage
{
    /// <summary>The number of the request.</summary>
    long Request { get; }
}

/// <summary>The answer to an <see cref="INodeRequest"/>.</summary>
public interface INodeReply : IComPOMessage
{
    /// <summary>The number of the request.</summary>
    long Request { get; }
}

/// <summary>The node could not do it.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Sentence">Why, and what to do about it.</param>
/// <param name="ExitCode">The exit code of a command that ends with this.</param>
[MemoryPackable]
public sealed partial record NodeFailed(long Request, [property: AtMost(Limits.Sentence)] string Sentence, int ExitCode) : INodeReply;

/// <summary>A trainer offers itself; said again at intervals, to whichever node holds the supervisor. Answered by <see cref="NodeRegistered"/>.</summary>
/// <param name="Node">What it is.</param>
/// <param name="IsHeldUp">Whether what it was asked has waited for some time for a device that does not stop.</param>
[MemoryPackable]
public sealed partial record RegisterNode(NodeStatus Node, bool IsHeldUp = false) : IComPOMessage;

/// <summary>The supervisor knows the trainer.</summary>
/// <param name="Address">The trainer's address.</param>
[MemoryPackable]
public sealed partial record NodeRegistered([property: AtMost(Limits.Path)] string Address) : IComPOMessage;

/// <summary>A trainer is about to leave; its blocks may go elsewhere at once. Not answered.</summary>
/// <param name="Address">The trainer's address.</param>
[MemoryPackable]
public sealed partial record UnregisterNode([property: AtMost(Limits.Path)] string Address) : IComPOMessage;

/// <summary>Loads the model of a run and opens its data; a node that has done so before only says what it holds. Answered by <see cref="ModelLoaded"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="RunId">The run.</param>
/// <param name="SettingsJson">The run's settings.</param>
[MemoryPackable]
public sealed partial record LoadModel(
    long Request,
    [property: AtMost(Limits.Name)] string RunId,
    [property: AtMost(Limits.SettingsJson)] string SettingsJson) : INodeRequest;

/// <summary>The model is loaded.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Architecture">The model's architecture.</param>
/// <param name="BaseDigest">The head as the model's folder has it, in float32.</param>
/// <param name="HeadDigest">The head as it is now.</param>
/// <param name="Head">V and d.</param>
/// <param name="HasBody">Whether this node can turn text into features.</param>
/// <param name="MemoryBytes">What the model takes.</param>
/// <param name="Versions">Versions of what computes, as name=version.</param>
[MemoryPackable]
public sealed partial record ModelLoaded(
    long Request,
    [property: AtMost(Limits.Name)] string Architecture,
    Digest BaseDigest,
    Digest HeadDigest,
    HeadShape Head,
    bool HasBody,
    long MemoryBytes,
    [property: AtMost(Limits.Versions)] string[] Versions) : INodeReply;

/// <summary>Lets go of a run's model. Answered by <see cref="ModelReleased"/>.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ReleaseModel(long Request) : INodeRequest;

/// <summary>The model is gone, and with it all features and updates.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ModelReleased(long Request) : INodeReply;

/// <summary>
/// Makes a pair ready for probing against the node's present head. A node that finds no holder of the features makes them, if it has a body.
/// Answered by <see cref="PairPrepared"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="Row">The pair's row in the data.</param>
/// <param name="FeatureDigest">The pair's features.</param>
/// <param name="Holders">Addresses of the nodes that hold them.</param>
[MemoryPackable]
public sealed partial record PreparePair(
    long Request,
    int Iteration,
    int Row,
    Digest FeatureDigest,
    [property: AtMost(Limits.Nodes)] string[] Holders) : INodeRequest;

/// <summary>The pair is ready, and the node holds its features.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The node's present head, as its memory holds it.</param>
/// <param name="Before">The log-probabilities under it.</param>
/// <param name="Predicted">The probability of improvement that the closed form predicts.</param>
[MemoryPackable]
public sealed partial record PairPrepared(long Request, Digest HeadDigest, PairLogProbabilities Before, double Predicted) : INodeReply;

/// <summary>Scores the held-out pairs under the present head. Answered by <see cref="PairsEvaluated"/>.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record EvaluatePairs(long Request) : INodeRequest;

/// <summary>Means over the held-out pairs.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Pairs">How many pairs.</param>
/// <param name="Chosen">Mean logp⁺.</param>
/// <param name="Rejected">Mean logp⁻.</param>
/// <param name="Accuracy">The share of pairs with logp⁺ above logp⁻.</param>
[MemoryPackable]
public sealed partial record PairsEvaluated(long Request, int Pairs, double Chosen, double Rejected, double Accuracy) : INodeReply;
