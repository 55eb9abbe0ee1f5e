namespace ComPO.Node.Scoring;

/// <summary>One line of <c>score</c>: a pair under one model. As JSON its names are camelCase.</summary>
/// <param name="Index">The 0-based row of the data file.</param>
/// <param name="ChosenLogp">Log-probability of the chosen completion given the prompt, in nats, summed over its tokens.</param>
/// <param name="RejectedLogp">The same of the rejected completion.</param>
/// <param name="ChosenTokens">How many tokens the chosen completion has.</param>
/// <param name="RejectedTokens">How many tokens the rejected completion has.</param>
/// <param name="PromptTokens">How many tokens the prompt has.</param>
/// <param name="Margin">How much likelier the chosen completion is, in nats: chosen less rejected.</param>
/// <param name="Noisy">Whether the pair is noisy under this model: the margin is at most the noise threshold, either way (ComPO, Eq. 3).</param>
internal sealed record PairScore(
    int Index, double ChosenLogp, double RejectedLogp, int ChosenTokens, int RejectedTokens, int PromptTokens, double Margin, bool Noisy);
