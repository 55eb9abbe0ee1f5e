using TorchSharp;

namespace ComPO.Torch.Native;

/// <summary>
/// How many threads one torch operation may use, on the thread that asks, until disposed:
/// <c>using var threads = TorchThreads.Use(2);</c>
/// </summary>
/// <remarks>
/// libtorch keeps this number per calling thread (it is OpenMP's), so every thread that computes says its own:
/// one set elsewhere reaches only threads that have not yet used torch. A ref struct, so that it cannot
/// be carried over an <c>await</c> to another thread.
/// </remarks>
public readonly ref struct TorchThreads
{
    private readonly int _before;

    private TorchThreads(int before) => _before = before;

    /// <summary>Lets operations of this thread use <paramref name="threads"/> threads until the result is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is not positive.</exception>
    public static TorchThreads Use(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        Libtorch.EnsureLoaded();
        var scope = new TorchThreads(torch.get_num_threads());
        torch.set_num_threads(threads);
        return scope;
    }

    /// <summary>Gives the thread back the number it had.</summary>
    public void Dispose() => torch.set_num_threads(_before);
}
