using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;
using TorchSharp;

namespace ComPO.Torch.Heads;

/// <summary>
/// The compute class of this processor. Within one class the engine's outcomes are the same bits;
/// between classes a matrix library may choose other kernels and a near tie may fall the other way.
/// </summary>
internal static class CpuClass
{
    /// <summary>For example <c>cpu-amd-avx512-bf16-libtorch2.10.0</c>.</summary>
    public static string Of(HeadPrecision precision) =>
        $"cpu-{Vendor()}-{Features()}-{(precision == HeadPrecision.BFloat16 ? "bf16" : "fp32")}-libtorch{Version.Parse(torch.__version__).ToString(3)}";

    /// <summary>Whether the processor multiplies bfloat16 numbers itself: without, such products are slower than those of float32.</summary>
    public static bool HasBFloat16 { get; } =
        X86Base.IsSupported && Avx512F.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    // Matrix libraries dispatch on the vendor as well as on the instruction set.
    private static string Vendor()
    {
        if (!X86Base.IsSupported)
            return "arm";
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        var name = Encoding.ASCII.GetString([.. BitConverter.GetBytes(b), .. BitConverter.GetBytes(d), .. BitConverter.GetBytes(c)]);
        return name switch { "AuthenticAMD" => "amd", "GenuineIntel" => "intel", _ => "x64" };
    }

    private static string Features() =>
        Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : AdvSimd.IsSupported ? "neon" : "sse2";
}
