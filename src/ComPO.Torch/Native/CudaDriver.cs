using System.Runtime.InteropServices;
using System.Text;

namespace ComPO.Torch.Native;

/// <summary>What the CUDA driver says of a device; TorchSharp tells only how many there are.</summary>
internal static unsafe class CudaDriver
{
    private const int NameBytes = 256;

    /// <summary>A device's name and memory, or null where there is no driver or no such device.</summary>
    /// <param name="index">The device as libtorch counts it; the driver counts alike.</param>
    public static (string Name, long MemoryBytes)? Describe(int index)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver))
            return null;
        var initialise = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var get = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        var nameOf = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetName");
        var memoryOf = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceTotalMem_v2");

        int device;
        nuint memory;
        var name = stackalloc byte[NameBytes];
        return initialise(0) == 0 && get(&device, index) == 0 && nameOf(name, NameBytes, device) == 0 && memoryOf(&memory, device) == 0
            ? (Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), (long)memory)
            : null;
    }
}
