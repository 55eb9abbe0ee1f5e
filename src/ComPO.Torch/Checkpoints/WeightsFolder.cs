using ComPO.Core.Errors;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Checkpoints;

/// <summary>The weights of a model folder, in one file or cut into several, as one set of named tensors.</summary>
internal sealed class WeightsFolder : IDisposable
{
    public const string SingleFileName = "model.safetensors";

    private readonly Dictionary<string, (WeightsFile File, TensorEntry Entry)> _tensors = new(StringComparer.Ordinal);
    private readonly List<WeightsFile> _files = [];

    private WeightsFolder(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The index, when the weights are cut into several files.</summary>
    public ShardIndex? Index { get; private set; }

    public IReadOnlyList<WeightsFile> Files => _files;

    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; private set; } = new Dictionary<string, TensorEntry>();

    public static WeightsFolder Open(string folder)
    {
        var weights = new WeightsFolder(folder);
        try
        {
            weights.OpenFiles();
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public (WeightsFile File, TensorEntry Entry) Find(string tensor) => _tensors.TryGetValue(tensor, out var found)
        ? found
        : throw new ModelException($"The model in {Folder} has no tensor {tensor}; its weights are incomplete or of another architecture than its config.json says.");

    private void OpenFiles()
    {
        if (File.Exists(Path.Combine(Folder, SingleFileName)))
        {
            Add(WeightsFile.Open(Path.Combine(Folder, SingleFileName)));
        }
        else if (File.Exists(Path.Combine(Folder, ShardIndex.FileName)))
        {
            Index = ShardIndex.Read(Folder);
            foreach (var name in Index.FileOfTensor.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                Add(OpenShard(name));
            foreach (var (tensor, name) in Index.FileOfTensor)
                if (Find(tensor).File.Path is var path && Path.GetFileName(path) != name)
                    throw new ModelException($"{Index} says that tensor {tensor} is in {name}, and it is in {Path.GetFileName(path)}.");
        }
        else
        {
            throw new ModelException($"The model folder {Folder} has no weights: {SingleFileName}, or {ShardIndex.FileName} and the files it names, are expected.");
        }
        Tensors = _tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Entry, StringComparer.Ordinal);
    }

    private WeightsFile OpenShard(string name)
    {
        var path = Path.Combine(Folder, name);
        return File.Exists(path)
            ? WeightsFile.Open(path)
            : throw new ModelException($"{Index} names the weights file {name}, which is not in the folder.");
    }

    private void Add(WeightsFile file)
    {
        _files.Add(file);
        foreach (var entry in file.Header.Tensors)
            if (!_tensors.TryAdd(entry.Name, (file, entry)))
                throw new ModelException($"Tensor {entry.Name} is in {Path.GetFileName(_tensors[entry.Name].File.Path)} and again in {Path.GetFileName(file.Path)} of {Folder}.");
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}
