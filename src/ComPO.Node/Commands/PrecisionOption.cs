using System.CommandLine;
using ComPO.Torch.Heads;

namespace ComPO.Node.Commands;

/// <summary><c>--precision</c>: the number type of the products of probes.</summary>
internal static class PrecisionOption
{
    /// <summary>The option; null means auto.</summary>
    public static Option<string?> Instance { get; } = new Option<string?>("--precision")
    {
        Description = "The products of probes [default: auto, which is bf16 where the processor has it, and fp32 for a head that is stored in 32 bits].",
        HelpName = "auto|bf16|fp32",
    }.AcceptingOnly("auto", "bf16", "fp32");

    /// <summary>What was asked for, or null for auto.</summary>
    public static HeadPrecision? Read(ParseResult parsed) => parsed.GetValue(Instance) switch
    {
        "bf16" => HeadPrecision.BFloat16,
        "fp32" => HeadPrecision.Float32,
        _ => null,
    };
}
