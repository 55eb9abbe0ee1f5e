using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using MemoryPack;

namespace ComPO.Protocol;

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
/// <param name="Iteration">The iteration.</param>
/// <param name="FirstRow">The first row of the head.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="HighDigit">The upper half.</param>
[MemoryPackable]
public sealed partial record CountLowDigits(long Request, int Iteration, int FirstRow, int RowCount, int HighDigit) : INodeRequest;

/// <summary>The lower halves.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="LowDigits">How many entries have each lower half, encoded.</param>
[MemoryPackable]
public sealed partial record DigitsCounted(long Request, [property: AtMost(Limits.HistogramBytes)] byte[] LowDigits) : INodeReply;

/// <summary>Keeps the large entries of the tallied rows as a part of the update. Answered by <see cref="RowsEmitted"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="FirstRow">The first row of the head.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="SumOfSquares">The exact sum of the squared tallies of all rows of the head; 0 for the exact estimator.</param>
/// <param name="Cut">Entries of at least this magnitude are kept, in units of the lifted entries.</param>
[MemoryPackable]
public sealed partial record EmitRows(long Request, int Iteration, int FirstRow, int RowCount, UInt128 SumOfSquares, float Cut) : INodeRequest;

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
/// <param name="NeededFrom">Updates of iterations before this one need not be kept any more: who lacks them takes a head.</param>
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
    [property: AtMost(Limits.OutcomeBytes)] byte[] Outcomes,
    int NeededFrom = 0) : INodeRequest;

/// <summary>The step is taken.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head after it.</param>
[MemoryPackable]
public sealed partial record UpdateApplied(long Request, Digest HeadDigest) : INodeReply;
