using System.IO.Compression;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.ChatTemplates;
using ComPO.Torch.Tests.Tokenizers;

namespace ComPO.Torch.Tests.ChatTemplates;

/// <summary>What Jinja itself makes of the published sources, byte for byte; <c>Golden/render.py</c> made the file and says from what.</summary>
public sealed class GoldenRenderingTests(ITestOutputHelper output)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Lazy<Golden> Renderings = new(Read);

    /// <summary>The templates' names.</summary>
    public static TheoryData<string> Names => [.. Renderings.Value.Templates.Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_template_renders_every_conversation_as_Jinja_does_and_refuses_what_it_refuses(string name)
    {
        var golden = Renderings.Value.Templates.Single(template => template.Name == name);
        var template = PublishedTemplates.FindByDigest(golden.KnownAs)!(golden.Bos, golden.Eos);
        var (rendered, refused) = (0, 0);
        for (var i = 0; i < Renderings.Value.Conversations.Length; i++)
        {
            Turn[] turns = [.. Renderings.Value.Conversations[i].Select(turn => new Turn(turn[0], turn[1]))];
            // Gemma's source looks for the system in the first place only, and would write it as a role of its own in another.
            var isUnknown = name.StartsWith("gemma", StringComparison.Ordinal) && turns.Any(turn => turn.Role == "system");
            foreach (var (prompts, expected) in ((bool, string?)[])[(false, golden.Texts[i]), (true, golden.PromptingTexts[i])])
            {
                if (expected is null || isUnknown)
                {
                    refused++;
                    Assert.StartsWith("data.jsonl, line 7 has ", Assert.Throws<PreferenceDataException>(() => template.Render(turns, prompts, "data.jsonl, line 7")).Message, StringComparison.Ordinal);
                    continue;
                }
                rendered++;
                Assert.Equal(expected, template.Render(turns, prompts, "data.jsonl, line 7"));
            }
        }
        output.WriteLine($"{name}: {rendered} renderings equal, {refused} refused alike");
    }

    [Fact]
    public void Every_template_that_is_known_was_rendered() =>
        Assert.Equal(PublishedTemplates.Digests.Order(StringComparer.Ordinal), Renderings.Value.Templates.Select(template => template.KnownAs).Order(StringComparer.Ordinal));

    [Fact]
    public void The_fetched_models_are_known_by_the_templates_that_were_rendered()
    {
        Assert.Equal("qwen-3", Known("qwen3"));
        Assert.Equal("qwen-2.5", Known("qwen2_5"));
        Assert.Equal("gemma-2", Known("gemini"));
        Assert.Equal("llama-3-first", Known("llama3"));

        static string Known(string name)
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(FetchedTokenizers.Folder(name), "tokenizer_config.json")));
            var digest = PublishedTemplates.Digest(config.RootElement.GetProperty("chat_template").GetString()!);
            return Renderings.Value.Templates.Single(template => template.KnownAs == digest).Name;
        }
    }

    private static Golden Read()
    {
        using var stream = typeof(GoldenRenderingTests).Assembly.GetManifestResourceStream("renderings.json.gz")!;
        using var json = new GZipStream(stream, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Golden>(json, SnakeCase)!;
    }

    private sealed record Golden(string[][][] Conversations, GoldenTemplate[] Templates);

    private sealed record GoldenTemplate(string Name, string KnownAs, string Bos, string Eos, string?[] Texts, string?[] PromptingTexts);
}
