namespace ComPO.Cluster.Trainers;

/// <summary>Blocks that a device has answered, and how long it had one to probe meanwhile.</summary>
internal readonly record struct DeviceWork(string Device, int Blocks, TimeSpan Busy);
