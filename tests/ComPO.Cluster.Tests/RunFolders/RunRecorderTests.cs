using Akka.Actor;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.RunFolders;

public sealed class RunRecorderTests() : TestKit(Patience.OfTestKit)
{
    private static readonly BlobSettings Blobs = new(4, TimeSpan.FromHours(1), 6, 1 << 20);

    private static readonly RunEnded Failed = new(RunPhase.Failed, "It never began.", 3, 0);

    private static readonly RunEnded Completed = new(RunPhase.Completed, null, 0, 1);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_that_is_discarded_takes_back_all_that_it_made()
    {
        var recorder = Recorder("new/run");
        recorder.Tell(RunRecorder.Open.Instance);
        Expect<RunRecorder.Recorded>();
        recorder.Tell(RunRecorder.AppendLine.ToLog("{}"));
        recorder.Tell(RunRecorder.AppendLine.ToEvaluations("{}"));
        recorder.Tell(new RunRecorder.Discard(Failed));

        // The console hears of the run's end only then.
        Assert.IsType<RunRecorder.Discard>(Expect<RunRecorder.Recorded>().Request);
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_whole_is_not_made_at_all()
    {
        // A name that is too long shows only below the folder that was to hold it.
        using var folder = new RunFolderWriter(Path.Combine(_folder["new"], new string('x', 300)));

        Assert.ThrowsAny<IOException>(folder.Open);

        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public void What_an_iteration_has_come_to_is_not_taken_back()
    {
        using var folder = new RunFolderWriter(_folder["run"]);
        folder.Open();
        folder.StoreFeatures(Digest.Of("x"u8), [1]);
        folder.Append(RunFiles.Log, "header");
        folder.Append(RunFiles.Log, "iteration");
        folder.StoreFeatures(Digest.Of("y"u8), [2]);

        folder.Discard();

        Assert.Equal(["header", "iteration"], File.ReadAllLines(_folder["run/run.jsonl"]));
        Assert.Equal(2, Directory.GetFiles(_folder["run/features"]).Length);
    }

    [Fact]
    public void The_log_of_another_run_is_not_made_anew_as_this_ones()
    {
        Directory.CreateDirectory(_folder["old"]);
        File.WriteAllLines(_folder["old/run.jsonl"], ["another header", "its iteration"]);
        var recorder = Recorder("old");

        recorder.Tell(new RunRecorder.Restore(["header", "iteration"], [], [], []));

        var failed = Expect<RunRecorder.RecordingFailed>();
        Assert.Equal(8, failed.ExitCode);
        Assert.Contains($"{_folder["old"]} holds the log of another run", failed.Sentence, StringComparison.Ordinal);
        Assert.Equal(["another header", "its iteration"], File.ReadAllLines(_folder["old/run.jsonl"]));
        Assert.False(Directory.Exists(_folder["old/features"]));
    }

    [Fact]
    public void A_folder_that_holds_a_run_or_a_model_is_refused_with_8_and_left_alone()
    {
        Directory.CreateDirectory(_folder["old"]);
        File.WriteAllText(_folder["old/run.jsonl"], "kept");
        Directory.CreateDirectory(_folder["other/model"]);

        foreach (var name in (string[])["old", "other"])
        {
            Recorder(name).Tell(RunRecorder.Open.Instance);
            var failed = Expect<RunRecorder.RecordingFailed>();
            Assert.Equal(8, failed.ExitCode);
            Assert.Contains(_folder[name], failed.Sentence, StringComparison.Ordinal);
        }
        Assert.Equal("kept", File.ReadAllText(_folder["old/run.jsonl"]));
    }

    [Fact]
    public void A_recovered_run_has_the_lines_of_its_journal_and_does_not_mind_strange_files()
    {
        var features = Digest.Of("features"u8);
        Directory.CreateDirectory(_folder["run/features"]);
        File.WriteAllText(_folder["run/run.jsonl"], "header\nfirst\nnever decided\n");
        File.WriteAllText(_folder["run/evaluations.jsonl"], "never decided\n");
        File.WriteAllText(_folder["run/skipped.jsonl"], "never decided\n");
        File.WriteAllText(_folder["run/features/copy of it.safetensors"], "strange");
        File.WriteAllText(_folder[$"run/features/{features}.safetensors"], "features");
        var shelf = new BlobShelf();

        var recorder = Recorder("run", shelf);
        recorder.Tell(new RunRecorder.Restore(["header", "first"], [], ["left out"], []));
        recorder.Tell(RunRecorder.AppendLine.ToLog("second"));
        recorder.Tell(new RunRecorder.WriteResult("{}", Completed, new RunRecorder.Restore(["header", "first", "second"], [], ["left out"], [])));

        Assert.IsType<RunRecorder.Restore>(Expect<RunRecorder.Recorded>().Request);
        Assert.IsType<RunRecorder.WriteResult>(Expect<RunRecorder.Recorded>().Request);
        Assert.Equal(["header", "first", "second"], File.ReadAllLines(_folder["run/run.jsonl"]));
        Assert.Empty(File.ReadAllText(_folder["run/evaluations.jsonl"]));
        Assert.Equal(["left out"], File.ReadAllLines(_folder["run/skipped.jsonl"]));
        Assert.Equal("features"u8.ToArray(), shelf.Get(features));
    }

    [Fact]
    public void A_log_that_another_supervisor_has_put_in_place_of_the_one_being_written_is_whole_when_the_run_ends()
    {
        var recorder = Recorder("run");
        recorder.Tell(RunRecorder.Open.Instance);
        recorder.Tell(RunRecorder.AppendLine.ToLog("header"));
        recorder.Tell(RunRecorder.AppendLine.ToLog("first"));
        Expect<RunRecorder.Recorded>();
        Await(() => File.ReadAllLines(_folder["run/run.jsonl"]).Length == 2);
        using (var late = new RunFolderWriter(_folder["run"]))
            late.Restore(["header"], [], []);

        recorder.Tell(RunRecorder.AppendLine.ToLog("second"));
        recorder.Tell(new RunRecorder.WriteResult("{}", Completed, new RunRecorder.Restore(["header", "first", "second"], [], [], [])));

        Expect<RunRecorder.Recorded>();
        Assert.Equal(["header", "first", "second"], File.ReadAllLines(_folder["run/run.jsonl"]));
        Assert.True(File.Exists(_folder["run/result.json"]));
    }

    [Fact]
    public void A_run_that_ends_waits_for_no_features_that_are_asked_for_later()
    {
        var (first, second) = (Digest.Of("first"u8), Digest.Of("second"u8));
        var silent = Sys.Host("silent", CreateTestProbe());
        var recorder = Recorder("run");
        recorder.Tell(RunRecorder.Open.Instance);
        Expect<RunRecorder.Recorded>();
        recorder.Tell(new RunRecorder.StoreFeatures(first, [silent]));
        recorder.Tell(new RunRecorder.WriteResult("{}", Completed, new RunRecorder.Restore(["header"], [], [], [])));

        recorder.Tell(new RunRecorder.StoreFeatures(second, [silent]));
        recorder.Tell(new BlobFetchFailed(first, "It is silent."));

        Assert.Equal(first, Expect<RunRecorder.FeaturesMissed>().Digest);
        Assert.IsType<RunRecorder.WriteResult>(Expect<RunRecorder.Recorded>().Request);
    }

    [Fact]
    public void Features_that_are_fetched_for_the_folder_count_as_received()
    {
        var (shelf, features) = (new BlobShelf(), "features"u8.ToArray());
        var recorder = Recorder("run", shelf);
        recorder.Tell(RunRecorder.Open.Instance);
        Expect<RunRecorder.Recorded>();

        recorder.Tell(new BlobFetched(Digest.Of(features), features));

        Await(() => shelf.Has(Digest.Of(features)));
        Assert.Equal(features.Length, shelf.BytesReceived);
    }

    [Fact]
    public void A_recovered_run_that_is_discarded_takes_back_what_it_made_before_and_no_more()
    {
        Directory.CreateDirectory(_folder["run/features"]);
        File.WriteAllText(_folder[$"run/features/{Digest.Of("x"u8)}.safetensors"], "x");
        Discard("run");
        Assert.False(Directory.Exists(_folder["run"]));

        Directory.CreateDirectory(_folder["shared/features"]);
        File.WriteAllText(_folder["shared/mine.txt"], "kept");
        Discard("shared");
        Assert.False(Directory.Exists(_folder["shared/features"]));
        Assert.Equal("kept", File.ReadAllText(_folder["shared/mine.txt"]));
    }

    [Fact]
    public void A_full_disk_takes_no_part_of_a_line_and_nothing_after_it_until_all_is_made_good()
    {
        using var disk = new SmallDisk(64 << 10);
        var recorder = Sys.ActorOf(Props.Create(() => new Relay(TestActor, RunRecorder.PropsFor(disk["run"], new BlobShelf(), Blobs))));
        recorder.Tell(RunRecorder.Open.Instance);
        Expect<RunRecorder.Recorded>();
        disk.Fill();

        // Longer than a page, so that part of it would find room.
        var lines = Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 3000)).ToArray();
        foreach (var line in lines)
            recorder.Tell(RunRecorder.AppendLine.ToLog(line));
        var failed = Expect<RunRecorder.RecordingFailed>();
        Assert.Equal((null, 8), (failed.Request, failed.ExitCode));
        Assert.Contains(disk["run"], failed.Sentence, StringComparison.Ordinal);
        recorder.Tell(RunRecorder.AppendLine.ToLog("short"));
        recorder.Tell(new RunRecorder.Restore(lines, [], [], []));
        Assert.IsType<RunRecorder.Restore>(Expect<RunRecorder.RecordingFailed>().Request);
        var written = File.ReadAllText(disk["run/run.jsonl"]);
        Assert.Equal(string.Concat(lines.Select(line => line + "\n"))[..written.Length], written);
        Assert.Equal(0, written.Length % 3001);
        Assert.Equal(["run.jsonl"], Directory.EnumerateFiles(disk["run"]).Select(file => Path.GetFileName(file)));

        disk.Empty();
        var missing = Digest.Of("never stored"u8);
        recorder.Tell(new RunRecorder.Restore(lines, [], [], [missing]));
        Assert.Equal(missing, Expect<RunRecorder.FeaturesMissed>().Digest);
        Expect<RunRecorder.Recorded>();
        recorder.Tell(RunRecorder.AppendLine.ToLog("next"));
        Await(() => File.ReadAllLines(disk["run/run.jsonl"]).SequenceEqual([.. lines, "next"]));
        recorder.Tell(PoisonPill.Instance);
        Watch(recorder);
        ExpectTerminated(recorder, cancellationToken: TestContext.Current.CancellationToken);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    private void Discard(string name)
    {
        var recorder = Recorder(name);
        recorder.Tell(new RunRecorder.Restore(["header"], [], [], []));
        Expect<RunRecorder.Recorded>();
        recorder.Tell(new RunRecorder.Discard(Failed));
        Expect<RunRecorder.Recorded>();
    }

    private T Expect<T>() => ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);

    // Without an interval it would look once in a tenth of its patience.
    private void Await(Func<bool> condition) =>
        AwaitCondition(condition, Patience.Longest, TimeSpan.FromMilliseconds(20), cancellationToken: TestContext.Current.CancellationToken);

    // The recorder answers its parent.
    private IActorRef Recorder(string name, BlobShelf? shelf = null) =>
        Sys.ActorOf(Props.Create(() => new Relay(TestActor, RunRecorder.PropsFor(_folder[name], shelf ?? new BlobShelf(), Blobs))));

    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef test, Props props)
        {
            var child = Context.ActorOf(props);
            ReceiveAny(message => (Sender.Equals(child) ? test : child).Tell(message));
        }
    }
}
