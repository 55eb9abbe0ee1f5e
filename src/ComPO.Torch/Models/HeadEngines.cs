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

    /// <summary>Whether a device of this name is probed by tensor operations; otherwise by the processors' vector units.</summary>
    public static bool IsForTensors(string device) => device != Processors;

    /// <summary>An engine of its own for the device.</summary>
    public static IHeadEngine For(DeviceDescription device, HeadPrecision precision) => IsForTensors(device.Name)
        ? new TensorHeadEngine(device.Name, device.Threads, precision)
        : new TorchHeadEngine(device.Threads, precision);

    /// <summary>The type of products unless an option says otherwise: bfloat16 where there are instructions for it, without which it is slower than float32.</summary>
    public static HeadPrecision PrecisionOf(bool hasBFloat16) => hasBFloat16 ? HeadPrecision.BFloat16 : HeadPrecision.Float32;

    /// <summary>The compute class of such an engine.</summary>
    public static string ClassOf(DeviceDescription device, HeadPrecision precision) => IsForTensors(device.Name)
        ? DeviceClass.Of(new torch.Device(device.Name), precision)
        : CpuClass.Of(precision);
}
