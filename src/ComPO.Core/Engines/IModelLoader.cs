namespace ComPO.Core.Engines;

/// <summary>Opens models on this node. Implemented with torch; faked where actors are tested.</summary>
public interface IModelLoader
{
    /// <summary>The compute class of every engine this loader makes.</summary>
    string ComputeClass { get; }

    /// <summary>The devices that may be computed on.</summary>
    IReadOnlyList<DeviceDescription> Devices { get; }

    /// <summary>The memory of what models lie in: this machine's, whatever they are probed on.</summary>
    long MemoryBytes => Devices.Sum(device => device.MemoryBytes);

    /// <summary>Opens a model folder. Takes as long as reading the head, and the body when it is asked for.</summary>
    /// <exception cref="Errors.ModelException">A folder is missing, damaged or not supported.</exception>
    INodeModel Load(ModelRequest request);
}

/// <summary>One device to compute on.</summary>
/// <param name="Name"><c>cpu</c> or <c>cuda:N</c>.</param>
/// <param name="Threads">Threads that compute on it.</param>
/// <param name="MemoryBytes">Its memory.</param>
public sealed record DeviceDescription(string Name, int Threads, long MemoryBytes);

/// <summary>Which model to open.</summary>
/// <param name="Folder">A Hugging Face model folder.</param>
/// <param name="ReferenceFolder">The reference model's folder; null when the starting model is the reference.</param>
/// <param name="WithBody">Whether to load the body, which makes features and scores; probing needs the head alone.</param>
public sealed record ModelRequest(string Folder, string? ReferenceFolder, bool WithBody);
