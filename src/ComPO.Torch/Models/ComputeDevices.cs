using System.Globalization;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Torch.Native;
using TorchSharp;

namespace ComPO.Torch.Models;

/// <summary>The devices of this machine that an option names.</summary>
internal static class ComputeDevices
{
    private const string Cuda = "cuda";

    /// <summary>The processors as one device, or one or more CUDA devices, which share the threads of the host.</summary>
    /// <exception cref="UsageException">The option names a device that is not here, or makes no sense.</exception>
    public static IReadOnlyList<DeviceDescription> Select(TorchModelOptions options)
    {
        if (options.ThreadCount < 1)
            throw new UsageException($"--threads is {options.ThreadCount}; expected at least 1.");
        if (!AreCuda(options))
            return options.Devices is "auto" or "cpu"
                ? [new DeviceDescription(HeadEngines.Processors, options.ThreadCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)]
                : throw Unknown(options.Devices);

        var count = CudaCount();
        if (count == 0)
            throw new UsageException(
                $"--devices is '{options.Devices}', but libtorch sees no CUDA device here: the CPU library is installed, or the machine has no such device; use --devices cpu.");
        var named = Named(options.Devices, count);
        if (named.FirstOrDefault(index => index >= count, -1) is var missing and >= 0)
            throw new UsageException($"--devices is '{options.Devices}', and there is no cuda:{missing}: libtorch sees {count} here, counted from 0.");
        return [.. named.Select(index => new DeviceDescription(
            $"{Cuda}:{index}", Math.Max(1, options.ThreadCount / named.Length), CudaDriver.Describe(index)?.MemoryBytes ?? 0))];
    }

    /// <summary>Whether the option means CUDA devices; auto does where there are any.</summary>
    public static bool AreCuda(TorchModelOptions options) =>
        options.Devices == Cuda || options.Devices.StartsWith(Cuda + ":", StringComparison.Ordinal) || options.Devices == "auto" && CudaCount() > 0;

    private static int CudaCount()
    {
        Libtorch.EnsureLoaded();
        return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
    }

    private static int[] Named(string devices, int count)
    {
        if (devices is "auto" or Cuda)
            return [.. Enumerable.Range(0, count)];
        var indices = devices[(Cuda.Length + 1)..].Split(',')
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : throw Unknown(devices)).ToArray();
        return indices.Distinct().Count() == indices.Length
            ? indices
            : throw new UsageException($"--devices is '{devices}', which names a device twice; name each once.");
    }

    private static UsageException Unknown(string devices) =>
        new($"--devices is '{devices}'; expected auto, cpu, cuda or cuda:N, for instance cuda:0,1.");
}
