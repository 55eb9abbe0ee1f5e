using ComPO.Core.Engines;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;
using TorchSharp;

namespace ComPO.Torch.Models;

/// <summary>Which engine probes on a device.</summary>
internal static class HeadEngines
{
    /// <summary>The name of the processors of this machine.</summary>
    public const string Processors = "cpu";

    /// <summary>An engine of its own for the device.</summary>
    public static IHeadEngine For(DeviceDescription device, HeadPrecision precision) => device.Name == Processors
        ? new TorchHeadEngine(device.Threads, precision)
        : new TensorHeadEngine(device.Name, device.Threads, precision);

    /// <summary>The compute class of such an engine.</summary>
    public static string ClassOf(DeviceDescription device, HeadPrecision precision) => device.Name == Processors
        ? CpuClass.Of(precision)
        : DeviceClass.Of(new torch.Device(device.Name), precision);
}
