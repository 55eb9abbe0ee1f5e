using System.Text.Json;
using ComPO.Node.Tests.Commands;

namespace ComPO.Node.Tests.Tokenizing;

public sealed class TokenizeCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compo-tokenize-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Its_lines_are_data_that_scores_like_the_text_they_were_made_of()
    {
        var model = PublishedData.FolderOf("stories260K");
        var text = await WriteAsync("text.jsonl",
            """{"prompt":"Once upon","chosen":" a time there was a cat","rejected":" a time"}""",
            """{"prompt":"same","chosen":"a","rejected":"a"}""",
            """{"prompt":[{"role":"user","content":"One day"}],"chosen":[{"role":"assistant","content":"he ran"}],"rejected":[{"role":"assistant","content":"she sat"}]}""");
        var (exit, lines, error) = await CommandLineTests.RunAsync("tokenize", "--model", model, "--data", text, "--json", "--chat-template", "chatml");
        Assert.Equal((0, $"{text}: 1 row skipped: identicalPair (row 1)"), (exit, error.TrimEnd()));

        var rows = lines.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([0, 2], rows.Select(row => row.GetProperty("row").GetInt32()));
        Assert.Equal(["row", "prompt_input_ids", "chosen_input_ids", "rejected_input_ids"], rows[0].EnumerateObject().Select(member => member.Name));

        var ids = await WriteAsync("ids.jsonl", lines.TrimEnd());
        Assert.Equal(await ScoresAsync(model, text, "--chat-template", "chatml"), await ScoresAsync(model, ids));
        Assert.NotEqual(await ScoresAsync(model, text), await ScoresAsync(model, ids));

        var limited = await CommandLineTests.RunAsync("tokenize", "--model", model, "--data", text, "--json", "--chat-template", "chatml", "--limit", "1");
        // It ends with the first pair, and does not look at the row behind it.
        Assert.Equal((0, lines.Split('\n')[0], ""), (limited.Exit, limited.Output.TrimEnd(), limited.Error));
    }

    [Fact]
    public async Task The_text_of_what_is_kept_is_shown_with_its_boundaries_and_its_end_and_cuts_are_counted_and_no_weights_are_needed()
    {
        foreach (var file in (string[])["config.json", "tok512.model"])
            File.Copy(Path.Combine(PublishedData.FolderOf("stories260K"), file), Path.Combine(_folder, file));
        var data = await WriteAsync("data.jsonl", """{"prompt":[{"role":"user","content":"One day"}],"chosen":[{"role":"assistant","content":"he ran and ran"}],"rejected":[{"role":"assistant","content":"she"}]}""");

        string[] command = ["tokenize", "--model", _folder, "--data", data, "--chat-template", "chatml"];
        var ids = JsonDocument.Parse((await CommandLineTests.RunAsync([.. command, "--json"])).Output).RootElement;
        var (prompt, chosen, rejected) = (Length("prompt"), Length("chosen"), Length("rejected"));

        var whole = await CommandLineTests.RunAsync(command);
        var cut = await CommandLineTests.RunAsync([.. command, "--max-prompt-length", "5", "--max-completion-length", "3"]);

        Assert.Equal((0, $"""
            row 0
            --- prompt, {prompt} tokens ---
            <|im_start|>user
            One day<|im_end|>
            <|im_start|>assistant

            --- chosen, {chosen} tokens ---
            he ran and ran<|im_end|>
            </s>
            --- rejected, {rejected} tokens ---
            she<|im_end|>
            </s>

            """), (whole.Exit, whole.Output));
        Assert.Equal((0, $"""
            row 0
            --- prompt, 5 tokens, {prompt - 5} cut before them ---
            istant

            --- chosen, 3 tokens, {chosen - 3} cut behind them ---
            he ran
            --- rejected, 3 tokens, {rejected - 3} cut behind them ---
            she<|
            """ + "\n"), (cut.Exit, cut.Output));

        int Length(string part) => ids.GetProperty($"{part}_input_ids").GetArrayLength();
    }

    [Fact]
    public async Task What_the_template_writes_is_shown_as_it_writes_it_and_ids_as_transformers_writes_them()
    {
        var data = await WriteAsync("data.jsonl", """{"prompt":[{"role":"user","content":"One day"}],"chosen":[{"role":"assistant","content":"he ran"}],"rejected":[{"role":"assistant","content":"she"}]}""");

        string[] command = ["tokenize", "--model", PublishedData.FolderOf("../hf-meta/Mistral-7B-Instruct-v0.2"), "--data"];
        var text = await CommandLineTests.RunAsync([.. command, data]);
        var ids = await CommandLineTests.RunAsync([.. command, await WriteAsync("ids.jsonl", (await CommandLineTests.RunAsync([.. command, data, "--json"])).Output.TrimEnd())]);

        Assert.Equal(Lines("<s>[INST] One day [/INST]"), text.Output.TrimEnd().Split('\n'));
        Assert.Equal(Lines("<s> [INST] One day [/INST]"), ids.Output.TrimEnd().Split('\n'));

        static string[] Lines(string prompt) =>
            ["row 0", "--- prompt, 10 tokens ---", prompt, "--- chosen, 4 tokens ---", "he ran</s></s>", "--- rejected, 3 tokens ---", "she</s></s>"];
    }

    [Fact]
    public async Task Pairs_longer_than_asked_for_are_skipped_here_and_when_scored_as_they_are_in_a_run()
    {
        var model = PublishedData.FolderOf("stories260K");
        var data = await WriteAsync("data.jsonl", """{"prompt":"Once","chosen":" upon a time there was a cat who ran and ran and ran all day","rejected":" a"}""", """{"prompt":"Once","chosen":" upon","rejected":" a"}""");
        string[] options = ["--model", model, "--data", data, "--max-length", "12", "--json"];

        var tokenized = await CommandLineTests.RunAsync(["tokenize", .. options]);
        var scored = await CommandLineTests.RunAsync(["score", .. options]);

        Assert.Equal((0, $"{data}: 1 row skipped: tooLong (row 0)"), (tokenized.Exit, tokenized.Error.TrimEnd()));
        Assert.Equal(1, JsonDocument.Parse(Assert.Single(tokenized.Output.TrimEnd().Split('\n'))).RootElement.GetProperty("row").GetInt32());
        var summary = JsonDocument.Parse(scored.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("summary");
        Assert.Equal((1, 1), (summary.GetProperty("pairs").GetInt32(), summary.GetProperty("skipped").GetProperty("tooLong").GetInt32()));
    }

    [Fact]
    public async Task A_row_that_the_template_refuses_ends_it_with_the_files_name_and_row()
    {
        var data = await WriteAsync("data.jsonl",
            """{"prompt":[{"role":"system","content":"Be"},{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]}""");

        var (exit, output, error) = await CommandLineTests.RunAsync(
            "tokenize", "--model", PublishedData.FolderOf("stories260K"), "--data", data, "--chat-template", "gemma");

        Assert.Equal((3, ""), (exit, output));
        Assert.StartsWith($"{data}, row 0 has a turn of \"system\"", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static async Task<double[]> ScoresAsync(string model, string data, params string[] options)
    {
        var (exit, output, error) = await CommandLineTests.RunAsync(["score", "--model", model, "--data", data, "--json", .. options]);
        Assert.Equal((0, ""), (exit, error));
        return [.. output.TrimEnd().Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("chosenLogp").GetDouble())];
    }

    private async Task<string> WriteAsync(string name, params string[] lines)
    {
        var path = Path.Combine(_folder, name);
        await File.WriteAllLinesAsync(path, lines, TestContext.Current.CancellationToken);
        return path;
    }
}
