using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>Where a run stands, for a trainer to be brought there. From the supervisor.</summary>
/// <param name="Run">The run.</param>
/// <param name="Parts">The parts of the last update, while those who emitted them hold them.</param>
/// <param name="Holders">Addresses of nodes that may hold updates, features and heads.</param>
internal sealed record RunStands(RunState Run, IReadOnlyList<UpdatePart> Parts, IReadOnlyList<string> Holders) : INoSerializationVerificationNeeded;

/// <summary>A trainer has loaded the model; what comes first opens the run's.</summary>
internal sealed record TrainerLoaded(Trainer Trainer, ModelLoaded Model) : INoSerializationVerificationNeeded;

/// <summary>A trainer holds the head of the run as far as its guide knows it.</summary>
internal sealed record TrainerCaughtUp(Trainer Trainer, Digest HeadDigest) : INoSerializationVerificationNeeded;

/// <summary>A trainer cannot take part: its model, or its kind of arithmetic, is another.</summary>
internal sealed record TrainerUnfit(Trainer Trainer, string Sentence, int ExitCode) : INoSerializationVerificationNeeded;

/// <summary>A trainer could not do what was asked, or ended with another head than it should.</summary>
internal sealed record TrainerStumbled(Trainer Trainer, bool Disagrees, string Sentence, int ExitCode) : INoSerializationVerificationNeeded;
