namespace ComPO.Torch.Tokenizers.SentencePiece;

/// <summary>Which texts get the space that SentencePiece puts in front of one, where tokens divide the whole into several.</summary>
internal enum LeadingSpace
{
    /// <summary>Each, whether or not it begins with a space (<c>"legacy": true</c> of transformers, and its version 4 where nothing is said).</summary>
    Each,

    /// <summary>Each that does not begin with a space (Mistral's own code puts it in front of each part of a conversation; its texts show it).</summary>
    EachWithoutOne,

    /// <summary>What the whole begins with, unless that is a space or a token (<c>"legacy": false</c>).</summary>
    Start,

    /// <summary>None (<c>"add_prefix_space": false</c>).</summary>
    None,
}

/// <summary>What the choices mean.</summary>
internal static class LeadingSpaceRules
{
    /// <summary>Whether a text gets a space.</summary>
    /// <param name="rule">The choice.</param>
    /// <param name="hasOne">Whether it begins with one.</param>
    /// <param name="isAtStart">Whether the whole begins with this text.</param>
    public static bool GoesInFrontOf(this LeadingSpace rule, bool hasOne, bool isAtStart) => rule switch
    {
        LeadingSpace.Each => true,
        LeadingSpace.EachWithoutOne => !hasOne,
        LeadingSpace.Start => isAtStart && !hasOne,
        _ => false,
    };
}
