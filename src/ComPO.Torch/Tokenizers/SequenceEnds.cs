using ComPO.Core.Errors;
using ComPO.Torch.Configuration;

namespace ComPO.Torch.Tokenizers;

/// <summary>
/// The tokens that begin and end a sequence: those that the files beside a tokenizer name, else those of <c>config.json</c>, else the tokenizer's own. What these
/// files say of them also shows a tokenizer that is another model's.
/// </summary>
/// <param name="BosId">What begins a sequence; null where nothing does.</param>
/// <param name="EosId">What ends a sequence.</param>
internal readonly record struct SequenceEnds(int? BosId, int EosId)
{
    /// <summary>Finds them.</summary>
    /// <param name="path">The tokenizer's file, for messages.</param>
    /// <param name="settings">What the files beside it say.</param>
    /// <param name="config">The model's configuration; null where there is none.</param>
    /// <param name="find">The id of a token; null for one that the tokenizer lacks.</param>
    /// <param name="special">The ids of the tokens that are not cut out of text: added, control.</param>
    /// <param name="ownBos">What begins a sequence by the tokenizer's own file, if it says so.</param>
    /// <param name="ownEos">What ends a sequence by the tokenizer's own file, if it says so.</param>
    /// <exception cref="ModelException">No token ends a sequence, one that is named is not there, or the tokenizer is another model's.</exception>
    public static SequenceEnds Of(
        string path, TokenizerSettings settings, ModelConfig? config, Func<string, int?> find, IReadOnlySet<int> special, int? ownBos = null, int? ownEos = null)
    {
        var (bos, eos) = (Named("bos_token", settings.BosToken), Named("eos_token", settings.EosToken));
        RequireSpecial("bos_token_id", config?.BosId);
        RequireSpecial("eos_token_id", config?.EosId);
        // What ends a sequence may be another token to the tokenizer than to the model: a tune for conversations ends its turns with a token of its own.
        if (config?.BosId is { } expected && (bos ?? ownBos) is { } found && found != expected)
            throw new ModelException($"{path} begins a sequence with token {found}, and bos_token_id of config.json is {expected}: expected one id; it belongs to another model.");
        return new SequenceEnds(
            bos ?? config?.BosId ?? ownBos,
            eos ?? config?.EosId ?? ownEos ?? throw new ModelException(
                $"{path} does not say which token ends a sequence, nor do the files beside it, and one is appended to every answer: expected an eos_token in tokenizer_config.json, or an eos_token_id in config.json."));

        int? Named(string key, string? token) => token is null ? null : find(token) ?? throw new ModelException(
            $"{path} lacks the token '{token}', which the files beside it name as {key}: expected one of its own; use the files of one model.");

        void RequireSpecial(string key, int? id)
        {
            if (id is { } configured && !special.Contains(configured))
                throw new ModelException($"{path} has no special token {configured}, and {key} of config.json is that: expected one of its added or control tokens; it belongs to another model.");
        }
    }
}
