using ComPO.Core.Errors;
using ComPO.Core.Safetensors;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace ComPO.Torch.Checkpoints;

/// <summary>
/// A matrix of a checkpoint that stays in its file: rows are read when they are asked for, so that only those take memory. Several threads may read
/// at a time. A file that is written meanwhile is refused, not read on.
/// </summary>
/// <remarks>It is not mapped: where a mapped file can no longer be read, because its server is gone, the process ends.</remarks>
internal sealed class StoredMatrix : IDisposable
{
    private const int PieceBytes = 8 << 20;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly string _name;
    private readonly long _offset;
    private readonly int _rowBytes;
    private readonly DateTime _written;

    private StoredMatrix(SafeFileHandle file, WeightsFile weights, TensorEntry entry)
    {
        (_file, _path, _name, _offset) = (file, weights.Path, entry.Name, weights.Header.DataOffset + entry.Offset);
        _rowBytes = checked((int)(entry.SizeBytes / Math.Max(1, entry.Shape[0])));
        (RowCount, Columns, Dtype, _written) = (entry.Shape[0], entry.Shape[1], TensorLoader.TorchType(entry.Type), File.GetLastWriteTimeUtc(file));
    }

    /// <summary>How many rows it has.</summary>
    public long RowCount { get; }

    /// <summary>How many columns.</summary>
    public long Columns { get; }

    /// <summary>The type in which it is stored.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Opens a matrix of two dimensions and reads it once, to see that all its numbers can be used.</summary>
    /// <param name="weights">Its file; may be closed afterwards.</param>
    /// <param name="entry">Where it lies in the file.</param>
    /// <param name="dtype">The type in which its rows will be used.</param>
    /// <exception cref="ModelException">The file cannot be read, or an entry is not a finite number, as it is stored or in the type asked for.</exception>
    public static StoredMatrix Open(WeightsFile weights, TensorEntry entry, ScalarType dtype)
    {
        var matrix = new StoredMatrix(OpenFile(weights.Path), weights, entry);
        try
        {
            foreach (var rows in matrix.Pieces()) TensorLoader.RequireFinite(weights, entry.Name, rows, dtype);
            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    /// <summary>Rows one after another: [count, columns] as stored, on the CPU.</summary>
    /// <exception cref="ModelException">The file cannot be read any more, or was changed.</exception>
    public Tensor Rows(long first, long count)
    {
        var rows = empty([count, Columns], Dtype);
        Read(first, rows);
        return rows;
    }

    /// <summary>Rows by their numbers: [n, columns] as stored, on the CPU.</summary>
    /// <exception cref="ModelException">The file cannot be read any more, or was changed.</exception>
    public Tensor Rows(ReadOnlySpan<long> numbers)
    {
        using var scope = NewDisposeScope();
        var rows = empty([numbers.Length, Columns], Dtype);
        for (var i = 0; i < numbers.Length; i++)
        {
            using var row = rows.narrow(0, i, 1);
            Read(numbers[i], row);
        }
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>All rows, some at a time; the memory of each piece is the next one's too.</summary>
    public IEnumerable<Tensor> Pieces()
    {
        var height = Math.Min(RowCount, Math.Max(1, PieceBytes / _rowBytes));
        using var memory = empty([height, Columns], Dtype).DetachFromDisposeScope();
        for (var first = 0L; first < RowCount; first += height)
        {
            using var piece = memory.narrow(0, 0, Math.Min(height, RowCount - first)).DetachFromDisposeScope();
            Read(first, piece);
            yield return piece;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Read(long first, Tensor rows)
    {
        try
        {
            var bytes = rows.bytes;
            var at = _offset + first * _rowBytes;
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(_file, bytes[done..], at + done);
                done += read > 0 ? read : throw Changed();
            }
            if (File.GetLastWriteTimeUtc(_file) != _written) throw Changed();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{_path}: tensor {_name} cannot be read any more: {cause.Message}", cause);
        }
    }

    private ModelException Changed() => new($"{_path} was changed while its tensor {_name} is in use: expected the file as it was when the model was loaded; start this node again.");

    // Others may write it: that is noticed, and no reason to be in their way.
    private static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete, options: FileOptions.RandomAccess);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The weights file {path} cannot be read: {cause.Message}", cause);
        }
    }
}
