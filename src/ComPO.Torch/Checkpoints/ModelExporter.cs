using System.Text.Json.Nodes;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Safetensors;
using ComPO.Torch.Configuration;

namespace ComPO.Torch.Checkpoints;

/// <summary>
/// Writes a trained model as a Hugging Face folder: the base folder with another head. Everything is made under a temporary name
/// beside the target and renamed in the end, so that the target is there whole or not at all.
/// </summary>
public static class ModelExporter
{
    private const string HeadShardName = "model-lm_head.safetensors";
    private const int FileBufferBytes = 1 << 20;

    /// <summary>Refuses what <see cref="Write"/> would refuse in the end: before long work, so that it is not done in vain. Leaves no trace.</summary>
    /// <param name="outputFolder">The folder to make later.</param>
    /// <exception cref="StorageException">The output folder holds something already, or cannot be written.</exception>
    public static void RefuseUnwritable(string outputFolder)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(outputFolder));
        try
        {
            RefuseFilled(target);
            var parent = Path.GetDirectoryName(target);
            while (parent is not null && !Path.Exists(parent))
                parent = Path.GetDirectoryName(parent);
            var trial = Path.Combine(parent ?? target, $"{Guid.NewGuid():n}.partial");
            Directory.CreateDirectory(trial);
            Directory.Delete(trial);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(target, cause);
        }
    }

    /// <summary>Writes <paramref name="outputFolder"/>, which must not exist yet or be empty.</summary>
    /// <param name="baseFolder">The model that was trained; its files are copied, but for weights in other formats, which hold the old head.</param>
    /// <param name="head">The trained head.</param>
    /// <param name="type">The element type the head is written in.</param>
    /// <param name="outputFolder">The folder to make. A tied head becomes a tensor of its own, and config.json says so.</param>
    /// <exception cref="ModelException">The base folder cannot be used, or its head has another size.</exception>
    /// <exception cref="StorageException">The output folder holds something already, or cannot be written.</exception>
    public static WrittenModel Write(string baseFolder, HeadWeights head, HeadExportType type, string outputFolder)
    {
        using var checkpoint = Checkpoint.Open(baseFolder);
        return MakeWhole(checkpoint, head, type, outputFolder, (temporary, elements) =>
        {
            // Listed before the temporary folder is there, which may lie within the base folder.
            var others = Directory.GetFiles(checkpoint.Folder, "*", SearchOption.AllDirectories);
            Directory.CreateDirectory(temporary);
            CopyOthers(checkpoint, others, temporary);
            WriteWeights(checkpoint, head, elements, temporary);
        });
    }

    /// <summary>Writes <paramref name="outputFolder"/>, which must not exist yet or be empty, with the head alone.</summary>
    /// <inheritdoc cref="Write"/>
    public static WrittenModel WriteHead(string baseFolder, HeadWeights head, HeadExportType type, string outputFolder)
    {
        using var checkpoint = Checkpoint.OpenForHead(baseFolder);
        return MakeWhole(checkpoint, head, type, outputFolder, (temporary, elements) =>
        {
            Directory.CreateDirectory(temporary);
            WriteFile(Path.Combine(temporary, WrittenModel.HeadFileName), [Content(head, elements)], SafetensorsWriter.TorchMetadata);
        });
    }

    private static WrittenModel MakeWhole(Checkpoint checkpoint, HeadWeights head, HeadExportType type, string outputFolder, Action<string, TensorType> make)
    {
        if (checkpoint.HeadShape != head.Shape)
            throw new ModelException($"The head to be written is {head.Shape}, and the one of the base model in {checkpoint.Folder} is {checkpoint.HeadShape}.");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(outputFolder));
        var temporary = $"{target}.{Guid.NewGuid():n}.partial";
        try
        {
            RefuseFilled(target);
            make(temporary, type == HeadExportType.Base ? checkpoint.HeadType : TensorType.Float32);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(temporary, target);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(target, cause);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }

        using var baseHead = checkpoint.OpenHead();
        return new WrittenModel(target, type, HeadEncoder.SurvivingShare(head.Values, baseHead, checkpoint.HeadType));
    }

    private static StorageException Unwritable(string target, Exception cause) =>
        new($"The model cannot be written to {target} ({cause.Message}); make room there, or name another output folder.", cause);

    private static void RefuseFilled(string target)
    {
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new StorageException($"{target} is there already and not empty; name another output folder.");
    }

    /// <summary>Every file but the weights, the configuration of a tied head, and what version control keeps for itself.</summary>
    private static void CopyOthers(Checkpoint checkpoint, string[] files, string temporary)
    {
        foreach (var source in files)
        {
            var relative = Path.GetRelativePath(checkpoint.Folder, source);
            if (relative.StartsWith($".git{Path.DirectorySeparatorChar}", StringComparison.Ordinal) || HoldsWeights(relative)) continue;
            if (checkpoint.TiesHead && relative == ModelConfigReader.FileName) WriteText(Path.Combine(temporary, relative), UntiedConfig(source));
            else Copy(source, Path.Combine(temporary, relative));
        }
    }

    private static bool HoldsWeights(string relativePath)
    {
        var name = Path.GetFileName(relativePath);
        return name.EndsWith(".index.json", StringComparison.Ordinal) || name.StartsWith("pytorch_model", StringComparison.Ordinal)
            || Path.GetExtension(name) is ".safetensors" or ".h5" or ".msgpack" or ".gguf" or ".pth" or ".ot" or ".onnx";
    }

    private static string UntiedConfig(string path)
    {
        var config = JsonNode.Parse(File.ReadAllBytes(path))!;
        config["tie_word_embeddings"] = false;
        return config.ToJsonString(JsonFiles.Indented) + "\n";
    }

    private static void WriteWeights(Checkpoint checkpoint, HeadWeights head, TensorType type, string temporary)
    {
        var content = Content(head, type);
        var file = HeadFile(checkpoint);
        foreach (var old in checkpoint.Files)
        {
            var path = Path.Combine(temporary, Path.GetFileName(old.Path));
            if (Path.GetFileName(old.Path) == file) WriteFile(path, Kept(old).Append(content), old.Header.Metadata);
            else Copy(old.Path, path);
        }
        if (checkpoint.Index is not { } index) return;

        if (file == HeadShardName) WriteFile(Path.Combine(temporary, file), [content], SafetensorsWriter.TorchMetadata);
        var replaced = checkpoint.Tensors.TryGetValue(Checkpoint.UntiedHeadName, out var entry) ? entry.SizeBytes : 0;
        var written = head.Shape.EntryCount * type.ElementSizeBytes();
        WriteText(Path.Combine(temporary, ShardIndex.FileName), index.WithHead(Checkpoint.UntiedHeadName, file, written - replaced));
    }

    private static TensorContent Content(HeadWeights head, TensorType type) => new(
        Checkpoint.UntiedHeadName, type, [head.Shape.VocabularySize, head.Shape.HiddenSize], stream => HeadEncoder.Write(stream, head.Values, type));

    /// <summary>The file the head is in, the only one, or a new one beside those of a tied model that is cut into several.</summary>
    private static string HeadFile(Checkpoint checkpoint)
    {
        foreach (var file in checkpoint.Files)
            if (file.Header.TryGet(Checkpoint.UntiedHeadName, out _) || checkpoint.Index is null)
                return Path.GetFileName(file.Path);
        return HeadShardName;
    }

    private static IEnumerable<TensorContent> Kept(WeightsFile file) =>
        from entry in file.Header.Tensors
        where entry.Name != Checkpoint.UntiedHeadName
        select new TensorContent(entry.Name, entry.Type, entry.Shape, stream =>
        {
            using var bytes = file.OpenTensor(entry);
            bytes.CopyTo(stream, FileBufferBytes);
        });

    private static void WriteFile(string path, IEnumerable<TensorContent> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        // Readers of transformers refuse a file that does not name a framework.
        var named = new Dictionary<string, string>(metadata);
        foreach (var (key, value) in SafetensorsWriter.TorchMetadata) named[key] = value;
        using var stream = Create(path);
        SafetensorsWriter.Write(stream, tensors, named);
        stream.Flush(flushToDisk: true);
    }

    private static void Copy(string source, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var to = Create(path);
        from.CopyTo(to, FileBufferBytes);
        to.Flush(flushToDisk: true);
    }

    private static void WriteText(string path, string text)
    {
        using var stream = Create(path);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileBufferBytes);
}
