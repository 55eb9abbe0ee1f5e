using ComPO.Core.Errors;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Checkpoints;

/// <summary>The weights of a model folder, in one file or cut into several, as one set of named tensors.</summary>
internal sealed class WeightsFolder : IDisposable
{
    public const string SingleFileName = "model.safetensors";

    private readonly Dictionary<string, (WeightsFile File, TensorEntry Entry)> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<WeightsFile> _files = [];
    private readonly HashSet<string> _opened = new(StringComparer.Ordinal);

    private WeightsFolder(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The index, when the weights are cut into several files.</summary>
    public ShardIndex? Index { get; private set; }

    /// <summary>The files that are open.</summary>
    public IReadOnlyList<WeightsFile> Files => _files;

    /// <summary>The tensors of the files that are open.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _entries;

    /// <summary>Opens every file, and checks that each tensor is in one of them and where the index says.</summary>
    public static WeightsFolder Open(string folder) => Open(folder, weights => weights.OpenAll());

    /// <summary>Opens the files that hold certain tensors; others need not be there before something in them is asked for.</summary>
    public static WeightsFolder Open(string folder, params IEnumerable<string> tensors) => Open(folder, weights =>
    {
        if (weights.Index is null) weights.OpenAll();
        foreach (var tensor in tensors) weights.Find(tensor);
    });

    private static WeightsFolder Open(string folder, Action<WeightsFolder> openFiles)
    {
        var weights = new WeightsFolder(folder);
        try
        {
            weights.ReadIndex();
            openFiles(weights);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public (WeightsFile File, TensorEntry Entry) Find(string tensor)
    {
        if (Index?.FileOfTensor.GetValueOrDefault(tensor) is { } shard) EnsureOpen(shard);
        if (_tensors.TryGetValue(tensor, out var found)) return found;
        throw new ModelException(Index is null
            ? $"The model in {Folder} has no tensor {tensor}; its weights are incomplete or of another architecture than its config.json says."
            : $"{Index} has no tensor {tensor} in the files it names; the weights are incomplete or of another architecture than config.json says.");
    }

    private void ReadIndex()
    {
        if (File.Exists(Path.Combine(Folder, SingleFileName))) return;
        if (!File.Exists(Path.Combine(Folder, ShardIndex.FileName)))
            throw new ModelException($"The model folder {Folder} has no weights: {SingleFileName}, or {ShardIndex.FileName} and the files it names, are expected.");
        Index = ShardIndex.Read(Folder);
    }

    private void OpenAll()
    {
        if (Index is null)
        {
            Add(WeightsFile.Open(Path.Combine(Folder, SingleFileName)));
            return;
        }
        foreach (var shard in Index.FileOfTensor.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) EnsureOpen(shard);
        foreach (var (tensor, shard) in Index.FileOfTensor)
            if (Path.GetFileName(Find(tensor).File.Path) is var name && name != shard)
                throw new ModelException($"{Index} says that tensor {tensor} is in {shard}, and it is in {name}.");
    }

    private void EnsureOpen(string shard)
    {
        if (_opened.Add(shard)) Add(OpenShard(shard));
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
        {
            if (!_tensors.TryAdd(entry.Name, (file, entry)))
                throw new ModelException($"Tensor {entry.Name} is in {Path.GetFileName(_tensors[entry.Name].File.Path)} and again in {Path.GetFileName(file.Path)} of {Folder}.");
            _entries.Add(entry.Name, entry);
        }
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}
