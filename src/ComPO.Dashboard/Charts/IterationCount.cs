namespace ComPO.Dashboard.Charts;

/// <summary>What improved in an iteration.</summary>
/// <param name="Iteration">0-based.</param>
/// <param name="Improved">How many perturbations improved; null with the exact estimator.</param>
/// <param name="Expected">How many the closed form predicted.</param>
public readonly record struct IterationCount(int Iteration, int? Improved, double Expected);
