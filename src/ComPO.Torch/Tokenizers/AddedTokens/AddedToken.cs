namespace ComPO.Torch.Tokenizers.AddedTokens;

/// <summary>A token that is found in a text as it stands, before the rest is cut into pieces.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its characters.</param>
/// <param name="IsSpecial">Whether it is control and not text, so that decoded text leaves it out.</param>
/// <param name="IsNormalized">Whether it is looked for in normalised text instead of in the text as it came.</param>
/// <param name="IsSingleWord">Whether it counts only where no word goes on at either end.</param>
/// <param name="TakesSpaceLeft">Whether white space in front belongs to it.</param>
/// <param name="TakesSpaceRight">Whether white space behind belongs to it.</param>
internal sealed record AddedToken(
    int Id, string Content, bool IsSpecial, bool IsNormalized = false, bool IsSingleWord = false, bool TakesSpaceLeft = false, bool TakesSpaceRight = false);
