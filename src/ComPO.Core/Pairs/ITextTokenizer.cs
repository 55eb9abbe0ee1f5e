namespace ComPO.Core.Pairs;

/// <summary>Turns text into the token ids of one model and back.</summary>
public interface ITextTokenizer
{
    /// <summary>One more than the largest id.</summary>
    int VocabularySize { get; }

    /// <summary>The token that begins a sequence, where the model has one.</summary>
    int? BosId { get; }

    /// <summary>The token that ends a sequence, where the model has one.</summary>
    int? EosId { get; }

    /// <summary>The ids of a text; neither <see cref="BosId"/> nor <see cref="EosId"/> is added.</summary>
    int[] Encode(string text);

    /// <summary>The text of ids; control tokens, such as <see cref="BosId"/>, have none.</summary>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The text of ids with control tokens written out, as <c>&lt;s&gt;</c>: what a model sees, for people.</summary>
    string Spell(ReadOnlySpan<int> ids);
}
