using System.IO.MemoryMappedFiles;
using ComPO.Core.Errors;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Checkpoints;

/// <summary>One safetensors file, mapped read-only: the system pages in what is read and nothing else.</summary>
internal sealed class WeightsFile : IDisposable
{
    private readonly MemoryMappedFile _map;

    private WeightsFile(string path, SafetensorsHeader header, MemoryMappedFile map) => (Path, Header, _map) = (path, header, map);

    public string Path { get; }

    public SafetensorsHeader Header { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="ModelException">It is missing, unreadable, a Git LFS pointer, or not a whole safetensors file.</exception>
    public static WeightsFile Open(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            GitLfsPointer.Refuse(path, stream);
            var header = SafetensorsHeader.Read(stream);
            var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            return new WeightsFile(path, header, map);
        }
        catch (InvalidDataException cause)
        {
            throw new ModelException($"{path} is not a whole safetensors file: {cause.Message}; it may be damaged or incompletely downloaded.", cause);
        }
        catch (FileNotFoundException cause)
        {
            throw new ModelException($"The weights file {path} is missing.", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The weights file {path} cannot be read: {cause.Message}", cause);
        }
    }

    /// <summary>The bytes of a tensor, to be read from first to last.</summary>
    public Stream OpenTensor(TensorEntry tensor) => tensor.SizeBytes == 0
        ? Stream.Null
        : _map.CreateViewStream(Header.DataOffset + tensor.Offset, tensor.SizeBytes, MemoryMappedFileAccess.Read);

    /// <summary>
    /// Copies bytes of a tensor, from its byte <paramref name="start"/> on. They are mapped only meanwhile, because
    /// pages that stay mapped count as memory of the process.
    /// </summary>
    public void Read(TensorEntry tensor, long start, Span<byte> target)
    {
        if (target.IsEmpty) return;
        using var view = _map.CreateViewAccessor(Header.DataOffset + tensor.Offset + start, target.Length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)view.PointerOffset, target);
    }

    public void Dispose() => _map.Dispose();
}
