using System.Text.Encodings.Web;
using System.Text.Json;

namespace ComPO.Torch.Checkpoints;

/// <summary>How JSON is written into a model folder: as transformers writes it, indented by two and with characters as they are.</summary>
internal static class JsonFiles
{
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
