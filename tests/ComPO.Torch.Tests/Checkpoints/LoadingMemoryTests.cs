using System.Globalization;
using System.Runtime.InteropServices;
using ComPO.Core.Safetensors;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using TorchSharp;

namespace ComPO.Torch.Tests.Checkpoints;

/// <summary>Measures the whole process, and so runs while no other test does.</summary>
[CollectionDefinition(nameof(LoadingMemoryTests), DisableParallelization = true)]
[Collection(nameof(LoadingMemoryTests))]
public sealed class LoadingMemoryTests
{
    private const int Vocabulary = 16000, Hidden = 1024, Inner = 4096, Layers = 12;

    [Theory]
    [InlineData(null)]
    [InlineData(torch.ScalarType.Float32)]
    public void Loading_takes_hardly_more_memory_than_what_is_loaded(torch.ScalarType? dtype)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The peak memory of a process can be reset and read on Linux only.");
        using var folder = Write();
        using var checkpoint = Checkpoint.Open(folder.Path);
        // The library's own pages and the code that is compiled are there from now on.
        DecoderBody.Load(checkpoint, dtype).Dispose();
        GiveBackFreeMemory();
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = StatusBytes("VmHWM");

        using var body = DecoderBody.Load(checkpoint, dtype);

        var ratio = (double)(StatusBytes("VmHWM") - before) / body.MemoryBytes;
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{body.MemoryBytes} bytes loaded with a peak of {ratio:f3} times as many"));
        // A tensor at a time is there twice; the whole file would be half as much again.
        Assert.InRange(ratio, 0.9, 1.2);
    }

    // What earlier tests have let go of would be taken again without the process growing, or be given back to the system while it grows.
    private static void GiveBackFreeMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = TrimFreeMemory(0);
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int TrimFreeMemory(nint keptBytes);

    private static long StatusBytes(string key) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").Single(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ')[^2], CultureInfo.InvariantCulture);

    private static TemporaryFolder Write()
    {
        var folder = new TemporaryFolder();
        folder.Write("config.json", $$"""
            { "architectures": ["LlamaForCausalLM"], "hidden_size": {{Hidden}}, "intermediate_size": {{Inner}}, "num_attention_heads": 8, "num_hidden_layers": {{Layers}},
              "vocab_size": {{Vocabulary}}, "max_position_embeddings": 2048, "tie_word_embeddings": true, "torch_dtype": "bfloat16" }
            """);
        var description = DecoderDescription.Of(Configuration.ModelConfigReader.Read(folder.Path));
        using var stream = File.Create(folder["model.safetensors"]);
        SafetensorsWriter.Write(stream, description.Parameters.Select(parameter => new TensorContent(parameter.Name, TensorType.BFloat16, parameter.Shape, WriteOnes(parameter.Shape))));
        return folder;
    }

    private static Action<Stream> WriteOnes(long[] shape) => stream =>
    {
        var row = new byte[2 * shape[^1]];
        for (var i = 0; i < row.Length; i += 2) (row[i], row[i + 1]) = (0x80, 0x3f);
        for (var i = 0L; i < shape.Aggregate(1L, (a, b) => a * b) / shape[^1]; i++) stream.Write(row);
    };
}
