using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Torch.Heads;
using ComPO.Torch.Native;

namespace ComPO.Torch.Models;

/// <summary>Opens Hugging Face model folders on this machine.</summary>
public sealed class TorchModelLoader : IModelLoader
{
    private readonly TorchModelOptions _options;

    /// <summary>Chooses the devices; loads libtorch but no model yet.</summary>
    /// <param name="options">How to compute.</param>
    /// <exception cref="UsageException">An option names a device that is not here, or makes no sense.</exception>
    /// <exception cref="UnsupportedSystemException">libtorch does not load on this system.</exception>
    public TorchModelLoader(TorchModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Precision == HeadPrecision.BFloat16 && !options.HasBFloat16)
            throw new UsageException(
                "Option --precision is bf16, and this processor has no bfloat16 arithmetic (AVX512_BF16); use --precision fp32, or auto, which chooses it here.");
        (_options, Devices) = (options, ComputeDevices.Select(options));
        Libtorch.EnsureLoaded();
    }

    /// <summary>
    /// The class names the type in which 16-bit heads are probed; wider heads are probed in float32 in every class. So within one
    /// class every model is computed alike.
    /// </summary>
    public string ComputeClass => HeadEngines.ClassOf(Devices[0], _options.NarrowHeadPrecision);

    /// <inheritdoc/>
    public IReadOnlyList<DeviceDescription> Devices { get; }

    /// <inheritdoc/>
    public long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <inheritdoc/>
    /// <exception cref="ModelException">A folder is missing, damaged, or of an architecture that is not supported; or the reference model has another vocabulary.</exception>
    public INodeModel Load(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return TorchNodeModel.Open(request, _options);
    }
}
