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
    private static readonly string[] KernelVariables =
    [
        "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE",
        "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "MKL_DEBUG_CPU_TYPE",
    ];

    /// <summary>For example <c>cpu-amd-avx512-bf16-libtorch2.10.0</c>.</summary>
    public static string Of(HeadPrecision precision) =>
        $"cpu-{Vendor()}-{Features()}-{(precision == HeadPrecision.BFloat16 ? "bf16" : "fp32")}-libtorch{Version.Parse(torch.__version__).ToString(3)}";

    /// <summary>
    /// What decides the bits of any computation of libtorch here: the processor's very model, because libraries choose kernels by it, the threads, which may
    /// divide sums, the library, and the environment's say in its choice of kernels.
    /// </summary>
    public static string ArithmeticOf(int threads) =>
        $"cpu {Vendor()}-{Features()}-{Signature():x8}, {threads} threads, libtorch {torch.__version__}"
        + string.Concat(KernelVariables.Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name))).Where(set => set.Value is not null).Select(set => $", {set.Name}={set.Value}"));

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

    // Family, model and stepping.
    private static int Signature() => X86Base.IsSupported ? X86Base.CpuId(1, 0).Eax : 0;

    private static string Features() =>
        Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : AdvSimd.IsSupported ? "neon" : "sse2";
}
