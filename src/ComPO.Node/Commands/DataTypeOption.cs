using System.CommandLine;
using TorchSharp;

namespace ComPO.Node.Commands;

/// <summary><c>--dtype</c>: the number type in which the layers below the head compute.</summary>
internal static class DataTypeOption
{
    /// <summary>The option; null means the checkpoint's own type.</summary>
    public static Option<string?> Instance { get; } = new Option<string?>("--dtype")
    {
        Description = "The number type of the layers below the head [default: the checkpoint's].",
        HelpName = "float32|float64|bfloat16|float16",
    }.AcceptingOnly("float32", "float64", "bfloat16", "float16");

    /// <summary>What was asked for, or null.</summary>
    public static torch.ScalarType? Read(ParseResult parsed) => parsed.GetValue(Instance) switch
    {
        "float32" => torch.ScalarType.Float32,
        "float64" => torch.ScalarType.Float64,
        "bfloat16" => torch.ScalarType.BFloat16,
        "float16" => torch.ScalarType.Float16,
        _ => null,
    };
}
