namespace ComPO.Torch.Heads.Tensors;

/// <summary>
/// How much memory one launch on a device may take, and so how many perturbations go into it. A few more than one fill a device and share the
/// cost of starting its kernels; which are together never reaches an outcome.
/// </summary>
/// <param name="Bytes">The most that the temporary tensors of a launch may hold at once.</param>
internal readonly record struct LaunchBudget(long Bytes)
{
    /// <summary>Half a gigabyte: enough to fill a device, little beside what it holds for a pair.</summary>
    public static LaunchBudget Default => new(512L << 20);

    /// <summary>Perturbations of a launch: as many as fit, at least one, at most those that are asked for.</summary>
    /// <param name="bytesPerPerturbation">What one takes.</param>
    /// <param name="wanted">How many there are to do.</param>
    public int Perturbations(long bytesPerPerturbation, int wanted) => (int)Math.Clamp(Bytes / bytesPerPerturbation, 1, Math.Max(1, wanted));
}
