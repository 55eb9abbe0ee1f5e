using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Blobs;

/// <summary>The bytes have arrived and are what their digest says.</summary>
internal sealed record BlobFetched(Digest Digest, byte[] Bytes) : INoSerializationVerificationNeeded;

/// <summary>No holder gave the bytes.</summary>
internal sealed record BlobFetchFailed(Digest Digest, string Sentence) : INoSerializationVerificationNeeded;

/// <summary>
/// Fetches one blob in chunks, a few under way at once, and tells its parent. It asks one holder until that one falls silent, then the next, and
/// goes on with the chunks that it has. A holder that does not have the bytes is not asked again, one that is silent too often in a row neither;
/// it stops when it has all chunks, or nobody is left to ask. The digest of a head takes a second, so it runs where others need not wait for it.
/// </summary>
internal sealed class BlobFetcher : ReceiveActor, IWithTimers
{
    private readonly Digest _digest;
    private readonly Queue<Holder> _holders;
    private readonly BlobSettings _settings;
    private BlobAssembly _assembly;
    // Who sent the first chunk, and so said how long the whole is.
    private string? _measuredBy;
    private readonly HashSet<int> _underWay = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public BlobFetcher(Digest digest, IReadOnlyList<string> holders, BlobSettings settings)
    {
        (_digest, _settings) = (digest, settings);
        _holders = new Queue<Holder>(holders.Select(address => new Holder(address)));
        _assembly = new BlobAssembly(digest, settings.MostBytes);
        Receive<BlobChunk>(OnChunk);
        Receive<BlobUnknown>(unknown => unknown.Digest == _digest && IsFromAsked(), _ =>
        {
            // What it sent before it found them damaged is as doubtful as the length that it gave.
            if (_measuredBy == Sender.Path.Address.ToString())
                (_assembly, _measuredBy) = (new BlobAssembly(_digest, _settings.MostBytes), null);
            GiveUpHolder("does not hold them");
        });
        Receive<ChunkIsLate>(_ => OnSilence());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(Digest digest, IReadOnlyList<string> holders, BlobSettings settings) =>
        Props.Create(() => new BlobFetcher(digest, holders, settings)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    protected override void PreStart()
    {
        if (_holders.Count == 0)
            Fail("no node is known to hold them");
        else
            Request();
    }

    private void OnChunk(BlobChunk chunk)
    {
        // The first chunk says how much memory the whole takes: that is nobody's to say who was not asked.
        if (!Sender.Path.Address.HasLocalScope && !_asked.Contains(Sender.Path.Address.ToString()))
            return;
        Instruments.BlobBytes.Add(chunk.Bytes.Length, new KeyValuePair<string, object?>("direction", "in"));
        if (!_assembly.TryAdd(chunk))
        {
            if (IsFromAsked())
                GiveUpHolder("sent a chunk that does not belong to them");
            return;
        }
        _measuredBy ??= Sender.Path.Address.ToString();
        _underWay.Remove((int)(chunk.Offset / Limits.ChunkBytes));
        if (IsFromAsked())
            _holders.Peek().Silences = 0;
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
            _measuredBy = null;
            GiveUpHolder("sent bytes of another digest");
        }
    }

    private void Request()
    {
        _asked.Add(_holders.Peek().Address);
        var store = Context.ActorSelection(_holders.Peek().Address + "/user/" + BlobStore.Name);
        for (var chunk = 0; chunk < _assembly.ChunkCount && _underWay.Count < _settings.Window; chunk++)
        {
            if (!_assembly.Has(chunk) && _underWay.Add(chunk))
                store.Tell(new FetchChunk(_digest, (long)chunk * Limits.ChunkBytes));
        }
        // Any chunk that arrives moves the deadline: it bounds silence, not the whole transfer.
        Timers.StartSingleTimer(ChunkIsLate.Instance, ChunkIsLate.Instance, _settings.ChunkTimeout);
    }

    // What a holder still says after another has been asked in its place is of use as a chunk only.
    private bool IsFromAsked() => Sender.Path.Address.HasLocalScope || Sender.Path.Address.ToString() == _holders.Peek().Address;

    private void OnSilence()
    {
        var holder = _holders.Peek();
        if (++holder.Silences >= _settings.MostSilences)
        {
            GiveUpHolder("did not answer in time");
            return;
        }
        _holders.Enqueue(_holders.Dequeue());
        AskAnew();
    }

    private void GiveUpHolder(string why)
    {
        var holder = _holders.Dequeue();
        if (_holders.Count == 0)
            Fail($"{holder.Address} {why}");
        else
            AskAnew();
    }

    private void AskAnew()
    {
        _underWay.Clear();
        Request();
    }

    private void Fail(string why)
    {
        Context.Parent.Tell(new BlobFetchFailed(_digest, $"The bytes {_digest} could not be fetched: {why}."));
        Context.Stop(Self);
    }

    /// <summary>A node that may hold the bytes.</summary>
    private sealed class Holder(string address)
    {
        public string Address { get; } = address;

        /// <summary>How often in a row it has not answered.</summary>
        public int Silences { get; set; }
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
