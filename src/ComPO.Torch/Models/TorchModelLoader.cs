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
        (_options, Devices) = (options, ComputeDevices.Select(options));
        Libtorch.EnsureLoaded();
    }

    /// <inheritdoc/>
    public string ComputeClass => CpuClass.Of(HeadPrecision.Float32);

    /// <inheritdoc/>
    public IReadOnlyList<DeviceDescription> Devices { get; }

    /// <inheritdoc/>
    /// <exception cref="ModelException">A folder is missing, damaged, or of an architecture that is not supported; or the reference model has another vocabulary.</exception>
    public INodeModel Load(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return TorchNodeModel.Open(request, _options);
    }
}
