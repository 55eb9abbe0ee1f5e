using ComPO.Torch.Native;
using TorchSharp;

namespace ComPO.Torch.Heads;

/// <summary>The compute class of a device that is probed by tensor operations; see <see cref="CpuClass"/>.</summary>
internal static class DeviceClass
{
    /// <summary>For example <c>cuda-nvidia-a40-bf16-libtorch2.10.0</c>.</summary>
    public static string Of(torch.Device device, HeadPrecision precision) => device.type == DeviceType.CPU
        ? CpuClass.Of(precision) + "-tensor"
        : $"{Name(device)}-{(precision == HeadPrecision.BFloat16 ? "bf16" : "fp32")}-libtorch{Version.Parse(torch.__version__).ToString(3)}";

    private static string Name(torch.Device device)
    {
        var kind = device.type.ToString().ToLowerInvariant();
        return CudaDriver.Describe(device.index)?.Name is { } name
            ? $"{kind}-{name.Trim().ToLowerInvariant().Replace(' ', '-')}"
            : kind;
    }
}
