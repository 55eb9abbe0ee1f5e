using ComPO.Core.Errors;

namespace ComPO.Torch.Checkpoints;

/// <summary>The few lines of text that Git leaves in place of a large file when Git LFS is not installed.</summary>
internal static class GitLfsPointer
{
    private static ReadOnlySpan<byte> FirstLine => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>Leaves the stream at its start.</summary>
    /// <exception cref="ModelException">The stream holds a pointer instead of the file itself.</exception>
    public static void Refuse(string path, Stream stream)
    {
        Span<byte> start = stackalloc byte[FirstLine.Length];
        var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (start[..read].SequenceEqual(FirstLine))
            throw new ModelException($"{path} is a Git LFS pointer, not the file itself; run `git lfs pull` in the model's repository, or download the file.");
    }
}
