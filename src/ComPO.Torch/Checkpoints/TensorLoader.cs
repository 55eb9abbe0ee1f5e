using ComPO.Core.Errors;
using ComPO.Core.Safetensors;
using static TorchSharp.torch;

namespace ComPO.Torch.Checkpoints;

/// <summary>
/// Reads a stored tensor straight into the memory it will stay in, a piece at a time: what is held besides the tensor itself is
/// one piece, whatever its size and whether or not its type changes.
/// </summary>
internal static class TensorLoader
{
    private const int PieceBytes = 8 << 20;

    /// <summary>The tensor on the CPU as <paramref name="dtype"/>, or as it is stored.</summary>
    /// <exception cref="ModelException">An entry is not a finite number, as it is stored or in the type asked for.</exception>
    public static Tensor Load(WeightsFile file, TensorEntry entry, ScalarType? dtype)
    {
        using var scope = NewDisposeScope();
        var stored = TorchType(entry.Type);
        var loaded = empty(entry.Shape, dtype ?? stored);
        var elements = loaded.view(-1);
        var pieceElements = PieceBytes / entry.Type.ElementSizeBytes();
        for (var start = 0L; start < entry.ElementCount; start += pieceElements)
        {
            using var _ = NewDisposeScope();
            var target = elements.narrow(0, start, Math.Min(pieceElements, entry.ElementCount - start));
            var piece = target.dtype == stored ? target : empty(target.shape, stored);
            file.Read(entry, start * entry.Type.ElementSizeBytes(), piece.bytes);
            if (!IsFinite(piece)) throw NotFinite(file, entry.Name);
            if (target.dtype == stored) continue;
            target.copy_(piece);
            if (!IsFinite(target)) throw TooLarge(file, entry.Name, target.dtype);
        }
        return loaded.MoveToOuterDisposeScope();
    }

    /// <summary>Refuses entries that are no finite numbers, as they are stored or in the type asked for.</summary>
    /// <exception cref="ModelException">An entry is none.</exception>
    public static void RequireFinite(WeightsFile file, string name, Tensor piece, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var elements = piece.view(-1);
        if (!IsFinite(elements)) throw NotFinite(file, name);
        if (elements.dtype != dtype && !IsFinite(elements.to(dtype))) throw TooLarge(file, name, dtype);
    }

    /// <summary>What is said of a tensor with entries that are no numbers.</summary>
    public static ModelException NotFinite(WeightsFile file, string name) =>
        new($"{file.Path}: tensor {name} has entries that are NaN or infinite; the file is damaged or was trained into overflow.");

    private static ModelException TooLarge(WeightsFile file, string name, ScalarType dtype) =>
        new($"{file.Path}: tensor {name} has entries too large for {dtype}; use a wider --dtype.");

    public static ScalarType TorchType(TensorType type) => type switch
    {
        TensorType.Bool => ScalarType.Bool,
        TensorType.UInt8 => ScalarType.Byte,
        TensorType.Int8 => ScalarType.Int8,
        TensorType.Int16 => ScalarType.Int16,
        TensorType.Int32 => ScalarType.Int32,
        TensorType.Int64 => ScalarType.Int64,
        TensorType.Float16 => ScalarType.Float16,
        TensorType.BFloat16 => ScalarType.BFloat16,
        TensorType.Float32 => ScalarType.Float32,
        _ => ScalarType.Float64,
    };

    private static bool IsFinite(Tensor tensor)
    {
        if (!tensor.is_floating_point()) return true;
        // A NaN anywhere is the minimum and the maximum.
        var (smallest, largest) = tensor.aminmax(0);
        return double.IsFinite(smallest.to(ScalarType.Float64).item<double>()) && double.IsFinite(largest.to(ScalarType.Float64).item<double>());
    }
}
