namespace ComPO.Core.Noise;

/// <summary>The Philox key: what all noise of one iteration of one run has in common.</summary>
/// <param name="RunSeed">The run's seed.</param>
/// <param name="Iteration">The 0-based iteration.</param>
public readonly record struct NoiseKey(uint RunSeed, uint Iteration);
