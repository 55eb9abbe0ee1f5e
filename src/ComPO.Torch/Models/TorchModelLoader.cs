using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Heads;
using ComPO.Torch.Native;

namespace ComPO.Torch.Models;

/// <summary>Opens Hugging Face model folders on this machine.</summary>
public sealed class TorchModelLoader : IModelLoader
{
    private readonly TorchModelOptions _options;
    private readonly IPreferenceFiles _files;

    /// <summary>Chooses the devices; loads libtorch but no model yet.</summary>
    /// <param name="options">How to compute.</param>
    /// <param name="files">Opens preference data for the models.</param>
    /// <exception cref="UsageException">An option names a device that is not here, or makes no sense.</exception>
    /// <exception cref="UnsupportedSystemException">libtorch does not load on this system.</exception>
    public TorchModelLoader(TorchModelOptions options, IPreferenceFiles files)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _files, Devices) = (options, files, ComputeDevices.Select(options));
        Libtorch.EnsureLoaded();
    }

    /// <inheritdoc/>
    public string ComputeClass => CpuClass.Float32;

    /// <inheritdoc/>
    public IReadOnlyList<DeviceDescription> Devices { get; }

    /// <inheritdoc/>
    /// <exception cref="ModelException">A folder is missing, damaged, or of an architecture that is not supported; or the reference model has another vocabulary.</exception>
    public INodeModel Load(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return TorchNodeModel.Open(request, _options, _files);
    }
}
