using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.ChatTemplates;
using ComPO.Torch.Tests.Tokenizers;

namespace ComPO.Torch.Tests.ChatTemplates;

public sealed class ChatTemplateTests
{
    private const string Where = "data.jsonl, line 7";

    private static readonly Turn[] Short = [new("user", " Hello "), new("assistant", " Hi\n")];

    [Fact]
    public void The_templates_that_llama_cpp_publishes_are_known_and_render_as_it_says()
    {
        var published = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Data("tokenizers", "llama.cpp-golden"), "chat_template_cases.json"))).RootElement;
        var turns = published.GetProperty("conversation").EnumerateArray().Select(turn => new Turn(Text(turn, "role"), Text(turn, "content"))).ToArray();
        // Templates that know no system were tried with its words in front of the user's.
        Turn[] merged = [new("user", $"{turns[0].Content}\n{turns[1].Content}"), .. turns[2..]];
        foreach (var known in published.GetProperty("cases").EnumerateArray())
        {
            var (bos, eos) = (Text(known, "bos_token"), Text(known, "eos_token"));
            var template = Template(Text(known, "template_str"), bos, eos);
            var knowsSystem = Record.Exception(() => template.Render(turns, true, Where)) is null;
            var rendered = template.Render(knowsSystem ? turns : merged, true, Where);
            var jinja = Text(known, "expected_output_jinja");
            Assert.Equal(bos + (jinja.Length > 0 ? jinja : Text(known, "expected_output")), rendered);
        }
    }

    [Theory]
    [InlineData("v1", "mistralai 'v1'")]
    [InlineData("v3", "mistralai 'v3'")]
    public void Mistrals_templates_render_as_its_own_samples(string version, string name)
    {
        var known = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Data("tokenizers", "llama.cpp-golden"), "chat_template_cases.json"))).RootElement
            .GetProperty("cases").EnumerateArray().Single(one => Text(one, "name").Contains(name, StringComparison.Ordinal));
        var folder = Repository.Data("tokenizers", "mistral", "samples", "no_tools");
        var turns = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "sample.json"))).RootElement.GetProperty("messages").EnumerateArray();
        var sample = File.ReadAllText(Path.Combine(folder, $"text_{version}.txt")).TrimEnd().Replace('\u2581', ' ');
        Assert.Equal(sample, Template(Text(known, "template_str"), "<s>", "</s>").Render([.. turns.Select(turn => new Turn(Text(turn, "role"), Text(turn, "content")))], true, Where));
    }

    [Theory]
    [InlineData("mistral", "<s>[INST]  Hello  [/INST] Hi\n</s>", "<s>[INST]  Hello  [/INST] Hi\n</s>")]
    [InlineData("llama-3", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi<|eot_id|>", "<|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("gemma", "<bos><start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\nHi<end_of_turn>\n", "<start_of_turn>model\n")]
    [InlineData("chatml", "<|im_start|>user\n Hello <|im_end|>\n<|im_start|>assistant\n Hi\n<|im_end|>\n", "<|im_start|>assistant\n")]
    public void A_template_that_is_named_renders_with_the_tokens_of_its_family(string name, string text, string prompting)
    {
        using var folder = new TemporaryFolder();
        var template = ChatTemplateLoader.Load(folder.Path, name)!;
        Assert.Equal(name, template.Name);
        Assert.Equal(text, template.Render(Short, false, Where));
        Assert.EndsWith(prompting, template.Render(Short, true, Where), StringComparison.Ordinal);
    }

    [Fact]
    public void The_papers_models_are_known_by_their_own_files()
    {
        Assert.Equal("mistral", ChatTemplateLoader.Load(Repository.Data("hf-meta", "Mistral-7B-Instruct-v0.2"))!.Name);
        Assert.Equal("gemma", ChatTemplateLoader.Load(FetchedTokenizers.Folder("gemini"))!.Name);
        Assert.Equal("llama-3", ChatTemplateLoader.Load(FetchedTokenizers.Folder("llama3"))!.Name);
        Assert.Equal("<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|im_start|>user\nA<|im_end|>\n",
            ChatTemplateLoader.Load(FetchedTokenizers.Folder("qwen2_5"))!.Render([new Turn("user", "A")], false, Where));
    }

    [Fact]
    public void Llama_3_begins_an_answer_only_when_asked_where_its_template_says_so()
    {
        var always = JsonDocument.Parse(File.ReadAllText(Path.Combine(FetchedTokenizers.Folder("llama3"), "tokenizer_config.json"))).RootElement.GetProperty("chat_template").GetString()!;
        var asked = always.Replace("{{ '<|start_header_id|>assistant", "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant", StringComparison.Ordinal) + "{% endif %}";
        Assert.EndsWith("Hi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", Template(always, "", "").Render(Short, false, Where), StringComparison.Ordinal);
        Assert.EndsWith("Hi<|eot_id|>", Template(asked, "", "").Render(Short, false, Where), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ bos_token }}{% for m in messages %}{{ m['content'] + '\\n' }}{% endfor %}", "{{- bos_token -}}\n{#- why -#}  {%- for m in messages -%}\n  {{ m[\"content\"]+\"\n\" }}{%  endfor %}\n")]
    [InlineData("{% if x %}a{% endif %}", "{% if x %}\na{% endif %}\n")]
    [InlineData("a\n{% if x %}b{% endif %}", "a\n  \t{% if x %}b{% endif %}")]
    public void Ways_of_writing_that_render_alike_are_one_source(string one, string other) =>
        Assert.Equal(TemplateText.Normalize(one), TemplateText.Normalize(other));

    [Theory]
    [InlineData("{{ 'a b' }}", "{{ 'ab' }}")]
    [InlineData("{{ a }}\n{{ b }}", "{{ a }}{{ b }}")]
    [InlineData("{{ a }} {{ b }}", "{{ a }}{{- b }}")]
    [InlineData("{% if not x %}", "{% if notx %}")]
    [InlineData("x {% if x %}", "x{% if x %}")]
    public void Ways_of_writing_that_render_otherwise_are_not(string one, string other) =>
        Assert.NotEqual(TemplateText.Normalize(one), TemplateText.Normalize(other));

    [Fact]
    public void A_source_of_openings_alone_takes_no_time_that_grows_with_its_square()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(2_000_000, TemplateText.Normalize(string.Concat(Enumerable.Repeat("{{", 1_000_000))).Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Theory]
    [InlineData("{{")]
    [InlineData("{{ 'a")]
    [InlineData("{%}")]
    [InlineData("{{-}}")]
    [InlineData("{#")]
    [InlineData("")]
    public void A_source_that_is_no_Jinja_has_a_form_too(string source) => Assert.NotNull(TemplateText.Normalize(source));

    [Theory]
    [InlineData("mistral", "system", "knows user, assistant")]
    [InlineData("gemma", "system", "knows user, assistant")]
    [InlineData("llama-3", "tool", "knows system, user, assistant")]
    [InlineData("chatml", "gpt", "knows system, user, assistant")]
    public void A_role_that_a_template_does_not_know_is_refused_with_the_row(string name, string role, string knows)
    {
        using var folder = new TemporaryFolder();
        var refusal = Assert.Throws<PreferenceDataException>(() => ChatTemplateLoader.Load(folder.Path, name)!.Render([new Turn(role, "x"), .. Short], true, Where));
        Assert.StartsWith($"{Where} has a turn of \"{role}\"", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(knows, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mistral")]
    [InlineData("gemma")]
    public void Turns_out_of_order_are_refused_where_the_template_does(string name)
    {
        using var folder = new TemporaryFolder();
        var template = ChatTemplateLoader.Load(folder.Path, name)!;
        Assert.Contains("as turn 2", Assert.Throws<PreferenceDataException>(() => template.Render([Short[0], Short[0]], true, Where)).Message, StringComparison.Ordinal);
        Assert.Contains("as turn 1", Assert.Throws<PreferenceDataException>(() => template.Render([Short[1]], true, Where)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_is_not_known_is_refused_with_the_ways_out_and_a_model_without_one_has_none()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(ChatTemplateLoader.Load(folder.Path));
        folder.Write("tokenizer_config.json", """{"chat_template":null}""");
        Assert.Null(ChatTemplateLoader.Load(folder.Path));
        folder.Write("tokenizer_config.json", """{"chat_template":"{{ messages }}"}""");
        Assert.Contains("--chat-template mistral|llama-3|gemma|chatml|none", Assert.Throws<ModelException>(() => ChatTemplateLoader.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Null(ChatTemplateLoader.Load(folder.Path, "none"));
        Assert.Equal("gemma", ChatTemplateLoader.Load(folder.Path, "gemma")!.Name);
        Assert.Contains("--chat-template is alpaca", Assert.Throws<UsageException>(() => ChatTemplateLoader.Load(folder.Path, "alpaca")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"name":"tool_use","template":"{{ messages }}"},{"name":"rag","template":"{{ messages }}"}]""")]
    [InlineData("""[{"name":"default","template":null}]""")]
    [InlineData("""["{{ messages }}"]""")]
    [InlineData("[]")]
    [InlineData("""{"default":"{{ messages }}"}""")]
    [InlineData("false")]
    public void A_template_that_cannot_be_told_is_not_plain_text(string template)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer_config.json", $$"""{"chat_template":{{template}}}""");
        var refusal = Assert.Throws<ModelException>(() => ChatTemplateLoader.Load(folder.Path)).Message;
        Assert.Contains("does not know; say which it is like with --chat-template mistral|llama-3|gemma|chatml|none", refusal, StringComparison.Ordinal);
        Assert.Equal("gemma", ChatTemplateLoader.Load(folder.Path, "gemma")!.Name);
    }

    [Fact]
    public void Of_several_templates_the_default_one_counts_and_a_file_of_its_own_before_both()
    {
        using var folder = new TemporaryFolder();
        var chatml = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
        folder.Write("tokenizer_config.json", JsonSerializer.Serialize(new { chat_template = new[] { new { name = "tool_use", template = "x" }, new { name = "default", template = chatml } } }));
        Assert.Equal("chatml", ChatTemplateLoader.Load(folder.Path)!.Name);
        folder.Write("chat_template.jinja", "other");
        Assert.Throws<ModelException>(() => ChatTemplateLoader.Load(folder.Path));
    }

    private static IChatTemplate Template(string source, string bos, string eos)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer_config.json", JsonSerializer.Serialize(new { bos_token = bos, eos_token = eos, chat_template = source }));
        return ChatTemplateLoader.Load(folder.Path)!;
    }

    private static string Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString()! : "";
}
