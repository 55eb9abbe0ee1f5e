using System.Text.Json;
using ComPO.Core.Pairs;
using ComPO.Torch.Pairs;
using ComPO.Torch.Tests.Tokenizers;
using ComPO.Torch.Tokenizers;

namespace ComPO.Torch.Tests.Pairs;

public sealed class PublishedPairsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("mistral-v0.2", null, null)]
    [InlineData("mistral-v0.2", "tokenizer.model", "mistral")]
    [InlineData("llama-3", "llama3", "llama-3")] // The fetched file has the first template, which ends every conversation with a header.
    [InlineData("gemma-2", "gemini", null)]
    public void Every_id_of_every_row_is_TRLs(string published, string? fetched, string? template)
    {
        using var pieces = new TemporaryFolder();
        pieces.Copy(Repository.Data("tokenizers", "mistral"), "tokenizer.model.v1", "tokenizer.model");
        var folder = fetched == "tokenizer.model" ? pieces.Path : fetched is null ? Repository.Data("hf-meta", "Mistral-7B-Instruct-v0.2") : FetchedTokenizers.Folder(fetched);
        var expected = Parse(Path.Combine(Repository.Data("tokenizers"), "trl_tokenized.json")).GetProperty(published);
        var tokenizer = TokenizerLoader.Load(folder);
        Assert.Equal(expected.GetProperty("eosId").GetInt32(), tokenizer.EosId);

        using var file = new PreferenceFile(
            Path.Combine(Repository.Data("prefs", "ultrafeedback"), "train1000.trl-layout.jsonl"),
            ModelPairs.Tokenizer(folder, new Lazy<ITextTokenizer>(tokenizer), new PairOptions { ChatTemplate = template }, 8192, int.MaxValue));
        using var candidates = file.From(0).GetEnumerator();
        var (rows, ids) = (0, 0);
        foreach (var row in expected.GetProperty("rows").EnumerateArray())
        {
            while (candidates.MoveNext() && candidates.Current.Row < row.GetProperty("row").GetInt32()) { }
            var pair = candidates.Current.Pair!;
            Assert.Equal(Ints(row, "prompt"), pair.PromptIds);
            Assert.Equal(Ints(row, "chosen"), pair.ChosenIds);
            Assert.Equal(Ints(row, "rejected"), pair.RejectedIds);
            rows++;
            ids += pair.PromptIds.Length + pair.ChosenIds.Length + pair.RejectedIds.Length;
        }
        Assert.Equal(30, rows);
        output.WriteLine($"trl_tokenized.json {published}{(fetched is null ? "" : $" by {fetched}")}: {rows} rows, {ids} ids, all equal");
    }

    private static JsonElement Parse(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.Clone();
    }

    private static int[] Ints(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
