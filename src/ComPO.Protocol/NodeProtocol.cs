using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
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
[MemoryPackable]
public sealed partial record RegisterNode(NodeStatus Node) : IComPOMessage;

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
    [property: AtMost(Limits.SkipReasons)] string[] Versions) : INodeReply;

/// <summary>Lets go of a run's model. Answered by <see cref="ModelReleased"/>.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ReleaseModel(long Request) : INodeRequest;

/// <summary>The model is gone, and with it all features and updates.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ModelReleased(long Request) : INodeReply;

/// <summary>Says what a run would do, without doing it. Answered by <see cref="RunPlanned"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="SettingsJson">The run's settings.</param>
[MemoryPackable]
public sealed partial record PlanRun(long Request, [property: AtMost(Limits.SettingsJson)] string SettingsJson) : INodeRequest;

/// <summary>What a run would do, as one node sees it.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="PairsFound">Noisy pairs found, at most as many as there are iterations.</param>
/// <param name="RowsScanned">Rows read to find them.</param>
/// <param name="Skipped">Rows that cannot be used, by reason.</param>
/// <param name="Head">V and d.</param>
/// <param name="MemoryBytes">What a node needs.</param>
/// <param name="FeatureBytes">Features of the first pair found, as stored; 0 when none was.</param>
/// <param name="ModelBytes">The model's folder, as stored.</param>
/// <param name="SecondsPerPerturbation">Time of one probe of the first pair on all devices of this node; null when none was found.</param>
[MemoryPackable]
public sealed partial record RunPlanned(
    long Request,
    int PairsFound,
    int RowsScanned,
    [property: AtMost(Limits.SkipReasons)] SkippedRows[] Skipped,
    HeadShape Head,
    long MemoryBytes,
    long FeatureBytes,
    long ModelBytes,
    double? SecondsPerPerturbation) : INodeReply;

/// <summary>
/// Finds the next noisy pair and computes its features. Answered by <see cref="PairSelected"/> or <see cref="NoPairLeft"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="FirstRow">The row to look at first; the search wraps once.</param>
[MemoryPackable]
public sealed partial record SelectPair(long Request, int FirstRow) : INodeRequest;

/// <summary>A noisy pair; the node holds its features.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Row">Its 0-based row in the data.</param>
/// <param name="FeatureDigest">The name of its features.</param>
/// <param name="Dimension">k of the perturbation space.</param>
/// <param name="ChosenTokens">T⁺.</param>
/// <param name="RejectedTokens">T⁻.</param>
/// <param name="Skipped">Rows skipped so far, each counted once, by reason.</param>
[MemoryPackable]
public sealed partial record PairSelected(
    long Request,
    int Row,
    Digest FeatureDigest,
    int Dimension,
    int ChosenTokens,
    int RejectedTokens,
    [property: AtMost(Limits.SkipReasons)] SkippedRows[] Skipped) : INodeReply;

/// <summary>The whole data holds no noisy pair.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Skipped">Rows skipped so far, each counted once, by reason.</param>
[MemoryPackable]
public sealed partial record NoPairLeft(long Request, [property: AtMost(Limits.SkipReasons)] SkippedRows[] Skipped) : INodeReply;

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
/// <param name="Before">The log-probabilities under the present head.</param>
/// <param name="Predicted">The probability of improvement that the closed form predicts.</param>
[MemoryPackable]
public sealed partial record PairPrepared(long Request, PairLogProbabilities Before, double Predicted) : INodeReply;

/// <summary>
/// Has the node's devices pull blocks from whoever sends this. Answered by <see cref="ProbingStarted"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration its pair is prepared for.</param>
[MemoryPackable]
public sealed partial record StartProbing(long Request, int Iteration) : INodeRequest;

/// <summary>The devices are asking for blocks.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ProbingStarted(long Request) : INodeReply;

/// <summary>
/// Cancels what the devices and the model are doing, but for loading and exporting. What is cancelled is answered by
/// <see cref="NodeFailed"/>, this by <see cref="ProbingStopped"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record StopProbing(long Request) : INodeRequest;

/// <summary>The devices ask for nothing more.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ProbingStopped(long Request) : INodeReply;

/// <summary>
/// Adds up some rows of the estimate from all outcomes (or, for the exact estimator, from the closed form) and keeps them.
/// Answered by <see cref="RowsTallied"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="FirstRow">The first row of the head.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="Outcomes">All outcomes of the iteration, one bit each; empty for the exact estimator.</param>
[MemoryPackable]
public sealed partial record TallyRows(
    long Request,
    int Iteration,
    int FirstRow,
    int RowCount,
    [property: AtMost(Limits.OutcomeBytes)] byte[] Outcomes) : INodeRequest;

/// <summary>What the threshold and the norm need to know of some rows.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="SumOfSquares">The exact sum of the squared tallies; 0 for the exact estimator.</param>
/// <param name="Norm">‖u‖ in noise standard deviations, for the exact estimator; else 0.</param>
/// <param name="HighDigits">How many lifted entries have each upper half of a magnitude, encoded.</param>
/// <param name="LimitProduct">The exact inner product with the limit direction, in fixed point; 0 for the exact estimator.</param>
[MemoryPackable]
public sealed partial record RowsTallied(
    long Request,
    UInt128 SumOfSquares,
    double Norm,
    [property: AtMost(Limits.HistogramBytes)] byte[] HighDigits,
    Int128 LimitProduct) : INodeReply;

/// <summary>Counts lower halves of magnitudes among the entries with one upper half. Answered by <see cref="DigitsCounted"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HighDigit">The upper half.</param>
[MemoryPackable]
public sealed partial record CountLowDigits(long Request, int HighDigit) : INodeRequest;

/// <summary>The lower halves.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="LowDigits">How many entries have each lower half, encoded.</param>
[MemoryPackable]
public sealed partial record DigitsCounted(long Request, [property: AtMost(Limits.HistogramBytes)] byte[] LowDigits) : INodeReply;

/// <summary>Keeps the large entries of the tallied rows as a part of the update. Answered by <see cref="RowsEmitted"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="SumOfSquares">The exact sum of the squared tallies of all rows of the head; 0 for the exact estimator.</param>
/// <param name="Cut">Entries of at least this magnitude are kept, in units of the lifted entries.</param>
[MemoryPackable]
public sealed partial record EmitRows(long Request, UInt128 SumOfSquares, float Cut) : INodeRequest;

/// <summary>The node holds a part of the update.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Part">The name of its bytes.</param>
/// <param name="Count">How many entries it has.</param>
[MemoryPackable]
public sealed partial record RowsEmitted(long Request, Digest Part, int Count) : INodeReply;

/// <summary>A part of an update, and where it is to be had.</summary>
/// <param name="Digest">The name of its bytes.</param>
/// <param name="Holders">The addresses of nodes that hold it.</param>
[MemoryPackable]
public sealed partial record UpdatePart(Digest Digest, [property: AtMost(Limits.Nodes, EachCount = Limits.Path)] string[] Holders);

/// <summary>Walks along an update without applying it. Answered by <see cref="UpdateChecked"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="Parts">The update's parts, in order of their rows.</param>
/// <param name="Scale">The step that would be taken.</param>
[MemoryPackable]
public sealed partial record CheckUpdate(
    long Request,
    int Iteration,
    [property: AtMost(Limits.Nodes)] UpdatePart[] Parts,
    double Scale) : INodeRequest;

/// <summary>What the update would do to its pair.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="UpdateDigest">The whole update.</param>
/// <param name="Count">How many entries it has.</param>
/// <param name="LineSearch">The log-probabilities at each step of the walk.</param>
/// <param name="After">The log-probabilities after the step.</param>
/// <param name="PredictedChange">The change of both log-probabilities to first order in the step.</param>
/// <param name="HeadDigest">The head as the step would leave it; null when the update is not accepted and will not be taken.</param>
[MemoryPackable]
public sealed partial record UpdateChecked(
    long Request,
    Digest UpdateDigest,
    int Count,
    [property: AtMost(Limits.LineSearchPoints)] LineSearchPoint[] LineSearch,
    PairLogProbabilities After,
    PairLogProbabilities PredictedChange,
    Digest? HeadDigest) : INodeReply;

/// <summary>
/// Takes the step of a committed iteration, now or long after. A node that finds no holder of the update rebuilds it from the outcomes and
/// the features. Answered by <see cref="UpdateApplied"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="HeadBefore">The head that the update belongs to.</param>
/// <param name="Parts">The update's parts, in order of their rows.</param>
/// <param name="UpdateDigest">The whole update.</param>
/// <param name="Scale">The factor of the update.</param>
/// <param name="Row">The pair's row in the data.</param>
/// <param name="FeatureDigest">The pair's features.</param>
/// <param name="FeatureHolders">Addresses of nodes that may hold them.</param>
/// <param name="Outcomes">All outcomes of the iteration, one bit each; empty for the exact estimator.</param>
[MemoryPackable]
public sealed partial record ApplyUpdate(
    long Request,
    int Iteration,
    Digest HeadBefore,
    [property: AtMost(Limits.Nodes)] UpdatePart[] Parts,
    Digest UpdateDigest,
    double Scale,
    int Row,
    Digest FeatureDigest,
    [property: AtMost(Limits.Nodes, EachCount = Limits.Path)] string[] FeatureHolders,
    [property: AtMost(Limits.OutcomeBytes)] byte[] Outcomes) : INodeRequest;

/// <summary>The step is taken.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head after it.</param>
[MemoryPackable]
public sealed partial record UpdateApplied(long Request, Digest HeadDigest) : INodeReply;

/// <summary>Keeps the present head for others to take. Answered by <see cref="HeadKept"/>.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record KeepHead(long Request) : INodeRequest;

/// <summary>The node holds its head under its digest.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head.</param>
[MemoryPackable]
public sealed partial record HeadKept(long Request, Digest HeadDigest) : INodeReply;

/// <summary>Takes a head that others keep in the place of its own. Answered by <see cref="HeadTaken"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head; that of the base is always at hand.</param>
/// <param name="Holders">Addresses of nodes that may hold it.</param>
[MemoryPackable]
public sealed partial record TakeHead(
    long Request,
    Digest HeadDigest,
    [property: AtMost(Limits.Nodes, EachCount = Limits.Path)] string[] Holders) : INodeRequest;

/// <summary>The head is taken.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head.</param>
[MemoryPackable]
public sealed partial record HeadTaken(long Request, Digest HeadDigest) : INodeReply;

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

/// <summary>Writes the model with its present head as a Hugging Face folder. Answered by <see cref="ModelExported"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Folder">The folder to write.</param>
[MemoryPackable]
public sealed partial record ExportModel(long Request, [property: AtMost(Limits.Path)] string Folder) : INodeRequest;

/// <summary>The folder is written.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Folder">The folder.</param>
/// <param name="SurvivingShare">The share of changed entries that still differ from the base after a cast to its type.</param>
[MemoryPackable]
public sealed partial record ModelExported(
    long Request,
    [property: AtMost(Limits.Path)] string Folder,
    double SurvivingShare) : INodeReply;
