namespace ComPO.Protocol;

/// <summary>A message between console and node whose name this version does not know; what it says is not read. It never travels itself.</summary>
/// <param name="Name">The name that it travelled under.</param>
public sealed record UnknownMessage(string Name);
