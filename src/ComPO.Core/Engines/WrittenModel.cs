namespace ComPO.Core.Engines;

/// <summary>A trained model as it was written.</summary>
/// <param name="Folder">The Hugging Face folder, or the one with the head alone, as a full path.</param>
/// <param name="Type">The type its head was written in.</param>
/// <param name="SurvivingShare">Of the head's entries that training changed, the share that would still differ from the base
/// after a cast to the base's type, from 0 to 1; 1 when nothing changed.</param>
public sealed record WrittenModel(string Folder, HeadExportType Type, double SurvivingShare)
{
    /// <summary>The file of a head that was written alone.</summary>
    public const string HeadFileName = "lm_head.safetensors";
}
