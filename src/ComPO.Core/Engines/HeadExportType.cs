namespace ComPO.Core.Engines;

/// <summary>The element type in which a trained head is written.</summary>
public enum HeadExportType
{
    /// <summary>Every bit of the float32 master copy.</summary>
    Float32,

    /// <summary>The base checkpoint's own type, which may be too coarse for a small update.</summary>
    Base,
}
