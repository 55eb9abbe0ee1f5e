using ComPO.Cluster.Configuration;
using ComPO.Cluster.Stores;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Pairs;
using ComPO.Core.Safetensors;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Stores;

public sealed class StoredNodeModelTests : IDisposable
{
    private static readonly TokenizedPair Pair = new(3, [1], [2, 3, 5], [3, 10, 9, 11]);

    private readonly TemporaryFolder _folder = new();
    private readonly TinyModelLoader _loader = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(PerturbationSpaceKind.Row)]
    [InlineData(PerturbationSpaceKind.Full)]
    public void A_pair_s_features_are_made_once_for_this_and_later_processes(PerturbationSpaceKind space)
    {
        var expected = new TinyModelLoader().Load(Request).ComputeFeatures(Pair, space).Digest;
        using (var model = Open())
        {
            Assert.Equal(expected, model.ComputeFeatures(Pair, space).Digest);
            Assert.Equal(expected, model.ComputeFeatures(Pair, space).Digest);
        }
        using var later = Open();

        // The same tokens at another row are the same pair.
        Assert.Equal(expected, later.ComputeFeatures(Pair with { Row = 7 }, space).Digest);

        Assert.Single(_loader.BodyRuns);
        // The other space has a basis more or less.
        var other = space == PerturbationSpaceKind.Row ? PerturbationSpaceKind.Full : PerturbationSpaceKind.Row;
        Assert.NotEqual(expected, later.ComputeFeatures(Pair, other).Digest);
        Assert.Equal(2, _loader.BodyRuns.Count);
    }

    [Fact]
    public void Features_and_whose_they_are_keep_one_quota_together()
    {
        var store = Store();
        using (var model = store.Around(_loader.Load(Request)))
            model.ComputeFeatures(Pair, PerturbationSpaceKind.Row);
        for (var filler = 0; filler < 100; filler++)
        {
            byte[] bytes = [.. Enumerable.Repeat((byte)filler, 1 << 14)];
            store.KeepFeatures(Digest.Of(bytes), bytes);
        }

        var kept = Directory.GetFiles(_folder["features"]).Concat(Directory.GetFiles(_folder["pairs"])).Sum(file => new FileInfo(file).Length);
        Assert.InRange(kept, (1 << 20) * 15 / 16, 1 << 20);
    }

    [Fact]
    public void A_scanned_pair_is_scored_once_and_nothing_of_its_hidden_states_is_kept()
    {
        var expected = new TinyModelLoader().Load(Request).ScoreReference(Pair);
        using (var model = Open())
        {
            Assert.Equal(expected, model.ScoreReference(Pair));
            Assert.Equal(expected, model.ScoreReference(Pair));
        }
        using var later = Open();

        Assert.Equal(expected, later.ScoreReference(Pair));

        Assert.Single(_loader.BodyRuns);
        Assert.False(Directory.Exists(_folder["features"]));
        Assert.InRange(new FileInfo(Assert.Single(Directory.GetFiles(_folder["scores"]))).Length, 32, 1024);
        // The present head moves, so what it says is asked for each time.
        later.Head.Values[0] += 1;
        later.ScoreCurrent(Pair);
        Assert.Equal(2, _loader.BodyRuns.Count);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    public void Other_tokens_are_another_pair(int prompt, int chosen, int rejected)
    {
        using var model = Open();
        model.ScoreReference(Pair);
        model.ComputeFeatures(Pair, PerturbationSpaceKind.Row);
        var runs = _loader.BodyRuns.Count;
        // One token more at one place; where all are the same, a token has moved from one part to the next.
        var other = (prompt, chosen, rejected) == (0, 1, 1)
            ? Pair with { PromptIds = [1, 2], ChosenIds = [3, 5] }
            : Pair with { ChosenIds = chosen == 0 ? [2, 3, 6] : Pair.ChosenIds, RejectedIds = rejected == 0 ? [3, 10, 9] : Pair.RejectedIds };

        model.ScoreReference(other);
        model.ComputeFeatures(other, PerturbationSpaceKind.Row);

        Assert.Equal(runs + 2, _loader.BodyRuns.Count);
    }

    [Fact]
    public void Another_model_finds_nothing_of_this_one()
    {
        using (var model = Open())
        {
            model.ScoreReference(Pair);
            model.ComputeFeatures(Pair, PerturbationSpaceKind.Row);
        }
        var another = new TinyModelLoader { BaseSeed = 8 };
        using var other = Store().Around(another.Load(Request));

        other.ScoreReference(Pair);
        other.ComputeFeatures(Pair, PerturbationSpaceKind.Row);

        Assert.Equal(2, another.BodyRuns.Count);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("truncated")]
    [InlineData("renamed")]
    [InlineData("no features")]
    [InlineData("gone")]
    public void Damaged_features_are_made_again_and_put_in_their_place(string damage)
    {
        var second = Pair with { ChosenIds = [4, 4] };
        using (var model = Open())
        {
            model.ComputeFeatures(Pair, PerturbationSpaceKind.Row);
            model.ComputeFeatures(second with { Row = 4 }, PerturbationSpaceKind.Row);
        }
        var expected = new TinyModelLoader().Load(Request).ComputeFeatures(Pair, PerturbationSpaceKind.Row).Digest;
        var path = _folder[$"features/{expected}.safetensors"];
        var bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "flipped":
                bytes[^3] ^= 16;
                File.WriteAllBytes(path, bytes);
                break;
            case "truncated":
                File.WriteAllBytes(path, bytes[..^1]);
                break;
            case "renamed":
                File.Move(Directory.GetFiles(_folder["features"]).Single(file => file != path), path, overwrite: true);
                break;
            case "no features":
                File.WriteAllBytes(path, []);
                break;
            default:
                File.Delete(path);
                break;
        }
        using var later = Open();

        Assert.Equal(expected, later.ComputeFeatures(Pair, PerturbationSpaceKind.Row).Digest);
        Assert.Equal(3, _loader.BodyRuns.Count);
        Assert.Equal(expected, Digest.Of(File.ReadAllBytes(path)));
        Assert.Equal(expected, later.ComputeFeatures(Pair, PerturbationSpaceKind.Row).Digest);
        Assert.Equal(3, _loader.BodyRuns.Count);
    }

    [Fact]
    public void Features_of_other_tokens_are_not_used_even_where_a_table_names_them()
    {
        var second = Pair with { Row = 4, ChosenIds = [4, 4] };
        using (var model = Open())
        {
            model.ComputeFeatures(Pair, PerturbationSpaceKind.Row);
            model.ComputeFeatures(second, PerturbationSpaceKind.Row);
        }
        ExchangeValues(Assert.Single(Directory.GetFiles(_folder["pairs"])));
        using var later = Open();

        Assert.Equal(second.ChosenIds, later.ComputeFeatures(second, PerturbationSpaceKind.Row).Targets[..2]);

        Assert.Equal(3, _loader.BodyRuns.Count);
    }

    // A table that is sound in itself, in which each of two pairs has the other's value.
    private static void ExchangeValues(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var header = SafetensorsHeader.Parse(bytes);
        var data = bytes[(int)header.DataOffset..];
        for (var i = 16; i < 32; i++)
            (data[i], data[i + 32]) = (data[i + 32], data[i]);
        using var stream = File.Create(file);
        SafetensorsWriter.Write(
            stream, [new TensorContent("entries", TensorType.UInt8, [2, 32], data)],
            new Dictionary<string, string>(header.Metadata) { ["digest"] = Digest.Of(data).ToString() });
    }

    private static ModelRequest Request => new("model", null, WithBody: true);

    private INodeModel Open() => Store().Around(_loader.Load(Request));

    private PairStore Store() => new(_folder.Path, new StoreSettings("", 1 << 20, 1 << 20), Assert.Fail);
}
