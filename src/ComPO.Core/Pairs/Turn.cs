namespace ComPO.Core.Pairs;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks, for instance <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">What is said.</param>
public sealed record Turn(string Role, string Content);
