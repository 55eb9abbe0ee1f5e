using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Tokenizers;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Generation;

public sealed class GreedyDecoderTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Greedy_texts_are_those_that_llama2_c_tells(ScalarType dtype)
    {
        var folder = PublishedData.Model("stories260K");
        var tokenizer = TokenizerLoader.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        using var body = DecoderBody.Load(checkpoint, dtype);
        using var head = checkpoint.Load(checkpoint.HeadTensorName, dtype);
        foreach (var story in PublishedData.Golden("stories260K").GetProperty("greedy").EnumerateArray())
        {
            var expected = story.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToArray();
            long[] prompt = [1, .. tokenizer.Encode(story.GetProperty("prompt").GetString()!).Select(id => (long)id)];
            Assert.Equal(expected[..story.GetProperty("n_prompt_ids").GetInt32()], prompt);

            var ids = GreedyDecoder.Generate(body, head, prompt, expected.Length - prompt.Length);
            Assert.Equal(expected, ids);
            Assert.Equal(story.GetProperty("run_c_stdout").GetString()!.TrimEnd('\n'), tokenizer.Decode(Array.ConvertAll(ids, id => (int)id)).TrimEnd('\n'));
        }
    }

    [Fact]
    public void The_text_of_llama2_c_s_own_test_is_reproduced()
    {
        var folder = PublishedData.Model("stories260K");
        var tokenizer = TokenizerLoader.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        using var body = DecoderBody.Load(checkpoint);
        using var head = checkpoint.Load(checkpoint.HeadTensorName);
        var ids = GreedyDecoder.Generate(body, head, [1], 200);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "greedy_upstream_test.txt")).TrimEnd('\n'), tokenizer.Decode(Array.ConvertAll(ids, id => (int)id)));
    }

    [Fact]
    public void It_stops_before_the_stop_token_and_at_the_end_of_the_context()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("stories260K"));
        using var body = DecoderBody.Load(checkpoint);
        using var head = checkpoint.Load(checkpoint.HeadTensorName);
        Assert.Equal([1, 403, 407], GreedyDecoder.Generate(body, head, [1], 50, stopId: 261));
        Assert.Equal(512, GreedyDecoder.Generate(body, head, Enumerable.Repeat(403L, 510).ToArray(), 50).Length);
    }
}
