using Akka.Actor;
using ComPO.Cluster.Probing;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// Lets either a node's devices work or the thread of its model, never both: the pair that devices probe is the model's to replace.
/// </summary>
internal sealed class DeviceGate
{
    private readonly List<IActorRef> _devices = [];
    private readonly List<Action> _whenQuiet = [];
    private bool _isProbing;
    private int _devicesToQuiet;
    private long? _waitingSince;

    /// <summary>How long something has been waiting for devices that do not stop.</summary>
    public TimeSpan HeldUp => _waitingSince is { } since ? TimeProvider.System.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Adds a device.</summary>
    public void Add(IActorRef device) => _devices.Add(device);

    /// <summary>Has each device do its own work, once all have put down what they had before.</summary>
    public void Begin(Func<int, BeginProbing> work) => WhenQuiet(() =>
    {
        _isProbing = true;
        for (var i = 0; i < _devices.Count; i++)
            _devices[i].Tell(work(i));
    });

    /// <summary>Does something once no device computes or holds a pair.</summary>
    public void WhenQuiet(Action then)
    {
        if (!_isProbing || _devices.Count == 0)
        {
            then();
            return;
        }
        _whenQuiet.Add(then);
        if (_whenQuiet.Count > 1)
            return;
        _waitingSince = TimeProvider.System.GetTimestamp();
        _devicesToQuiet = _devices.Count;
        foreach (var device in _devices)
            device.Tell(EndProbing.Instance);
    }

    /// <summary>A device is quiet.</summary>
    public void OnQuiet()
    {
        if (!_isProbing || --_devicesToQuiet > 0)
            return;
        (_isProbing, _waitingSince) = (false, null);
        var waiting = _whenQuiet.ToArray();
        _whenQuiet.Clear();
        foreach (var then in waiting)
            WhenQuiet(then);
    }
}
