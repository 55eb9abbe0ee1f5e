using System.Globalization;
using ComPO.Core.Errors;

namespace ComPO.Node.Quickstart;

/// <summary>The folder that one quickstart fills.</summary>
internal static class ResultsFolder
{
    /// <summary>Makes the folder that was asked for, or the first free <c>runs/quickstart-N</c> under the current folder.</summary>
    /// <exception cref="StorageException">The folder holds something already, or cannot be made.</exception>
    public static string Create(string? wanted)
    {
        var folder = Path.GetFullPath(wanted ?? FirstFree());
        try
        {
            Directory.CreateDirectory(folder);
            if (Directory.EnumerateFileSystemEntries(folder).Any())
                throw new StorageException($"The output folder {folder} is not empty and may hold another run; name a new one with --output.");
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The output folder {folder} cannot be written ({exception.Message}); name another with --output.", exception);
        }
    }

    private static string FirstFree()
    {
        for (var number = 1; ; number++)
        {
            var folder = Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"quickstart-{number}"));
            if (!Path.Exists(folder))
                return folder;
        }
    }
}
