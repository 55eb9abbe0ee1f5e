using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers;

namespace ComPO.Torch.ChatTemplates;

/// <summary>Finds the chat template of a model folder among those that are known, or takes the one that the user names.</summary>
public static class ChatTemplateLoader
{
    /// <summary>What a user can name instead of the model's own template.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mistral", "llama-3", "gemma", "chatml", "none"];

    /// <summary>The template of a model.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="choice">One of <see cref="Names"/>; null for the model's own.</param>
    /// <returns>Null where conversations are plain text: the model has no template, or the choice is <c>none</c>.</returns>
    /// <exception cref="ModelException">The model's template is not one that is known, or a file is damaged.</exception>
    /// <exception cref="UsageException">The choice is none of the names.</exception>
    public static IChatTemplate? Load(string folder, string? choice = null)
    {
        if (choice == "none") return null;
        var settings = TokenizerSettings.Read(folder);
        if (choice is not null) return Named(choice, settings);
        if (settings.ChatTemplate is not { } source) return null;
        return PublishedTemplates.Find(source) is { } create
            ? create(settings.BosToken ?? "", settings.EosToken ?? "")
            : throw new ModelException(
                $"The model {folder} has a chat template that this version does not know; say which it is like with --chat-template {string.Join('|', Names)}, where none writes conversations as plain text.");
    }

    // A folder whose template the user has to name may not name its tokens either.
    private static IChatTemplate Named(string choice, TokenizerSettings settings) => choice switch
    {
        "mistral" => new MistralTemplate(PublishedTemplates.MistralV02, settings.BosToken ?? "<s>", settings.EosToken ?? "</s>"),
        "llama-3" => new Llama3Template(settings.BosToken ?? "<|begin_of_text|>", alwaysPrompts: false),
        "gemma" => new GemmaTemplate(settings.BosToken ?? "<bos>"),
        "chatml" => new ChatMlTemplate(null),
        _ => throw new UsageException($"--chat-template is {choice}: expected one of {string.Join(", ", Names)}."),
    };
}
