using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Blobs;

/// <summary>The bytes have arrived and are what their digest says.</summary>
internal sealed record BlobFetched(Digest Digest, byte[] Bytes) : INoSerializationVerificationNeeded;

/// <summary>No holder gave the bytes.</summary>
internal sealed record BlobFetchFailed(Digest Digest, string Sentence) : INoSerializationVerificationNeeded;

/// <summary>
/// Fetches one blob in chunks, a few under way at once, from the first holder that has it, and tells its parent. It asks again
/// for what does not come, next time of the next holder; it stops when done.
/// </summary>
internal sealed class BlobFetcher : ReceiveActor, IWithTimers
{
    private readonly Digest _digest;
    private readonly IReadOnlyList<string> _holders;
    private readonly BlobSettings _settings;
    private readonly BlobAssembly _assembly;
    private readonly HashSet<int> _underWay = [];
    private int _holder;
    private int _attempts;

    public BlobFetcher(Digest digest, IReadOnlyList<string> holders, BlobSettings settings)
    {
        (_digest, _holders, _settings) = (digest, holders, settings);
        _assembly = new BlobAssembly(digest, settings.MostBytes);
        Receive<BlobChunk>(OnChunk);
        Receive<BlobUnknown>(unknown => unknown.Digest == _digest, _ => AskNextHolder("does not hold them"));
        Receive<ChunkIsLate>(_ => AskNextHolder("did not answer in time"));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(Digest digest, IReadOnlyList<string> holders, BlobSettings settings) =>
        Props.Create(() => new BlobFetcher(digest, holders, settings));

    protected override void PreStart()
    {
        if (_holders.Count == 0)
            Fail("no node is known to hold them");
        else
            Request();
    }

    private void OnChunk(BlobChunk chunk)
    {
        if (!_assembly.TryAdd(chunk))
        {
            AskNextHolder("sent a chunk that does not belong to them");
            return;
        }
        _underWay.Remove((int)(chunk.Offset / Limits.ChunkBytes));
        if (!_assembly.IsComplete)
        {
            Request();
            return;
        }
        if (_assembly.TakeVerified() is { } bytes)
        {
            Context.Parent.Tell(new BlobFetched(_digest, bytes));
            Context.Stop(Self);
        }
        else
        {
            AskNextHolder("sent bytes of another digest");
        }
    }

    private void Request()
    {
        var store = Context.ActorSelection(_holders[_holder] + "/user/" + BlobStore.Name);
        for (var chunk = 0; chunk < _assembly.ChunkCount && _underWay.Count < _settings.Window; chunk++)
        {
            if (!_assembly.Has(chunk) && _underWay.Add(chunk))
                store.Tell(new FetchChunk(_digest, (long)chunk * Limits.ChunkBytes));
        }
        // Any chunk that arrives moves the deadline: it bounds silence, not the whole transfer.
        Timers.StartSingleTimer(ChunkIsLate.Instance, ChunkIsLate.Instance, _settings.ChunkTimeout);
    }

    private void AskNextHolder(string why)
    {
        if (++_attempts >= Math.Max(_settings.MostAttempts, 2 * _holders.Count))
        {
            Fail($"{_holders[_holder]} {why}");
            return;
        }
        _holder = (_holder + 1) % _holders.Count;
        _underWay.Clear();
        Request();
    }

    private void Fail(string why)
    {
        Context.Parent.Tell(new BlobFetchFailed(_digest, $"The bytes {_digest} could not be fetched: {why}."));
        Context.Stop(Self);
    }

    /// <summary>Nothing has arrived for a while.</summary>
    internal sealed class ChunkIsLate : INoSerializationVerificationNeeded
    {
        public static readonly ChunkIsLate Instance = new();

        private ChunkIsLate()
        {
        }
    }
}
