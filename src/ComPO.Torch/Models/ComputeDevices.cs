using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Torch.Native;
using TorchSharp;

namespace ComPO.Torch.Models;

/// <summary>The devices of this machine that an option names.</summary>
internal static class ComputeDevices
{
    /// <exception cref="UsageException">The option names a device that is not here, or makes no sense.</exception>
    public static IReadOnlyList<DeviceDescription> Select(TorchModelOptions options)
    {
        if (options.ThreadCount < 1)
            throw new UsageException($"--threads is {options.ThreadCount}; expected at least 1.");
        if (options.Devices is "auto" or "cpu")
            return [new DeviceDescription("cpu", options.ThreadCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)];
        if (options.Devices != "cuda" && !options.Devices.StartsWith("cuda:", StringComparison.Ordinal))
            throw new UsageException($"--devices is '{options.Devices}'; expected auto, cpu, cuda or cuda:N, for instance cuda:0,1.");

        Libtorch.EnsureLoaded();
        throw new UsageException(torch.cuda.is_available()
            ? $"--devices is '{options.Devices}', but this version computes on processors only; use --devices cpu."
            : $"--devices is '{options.Devices}', but libtorch sees no CUDA device here: the CPU library is installed, or the machine has no such device; use --devices cpu.");
    }
}
