namespace ComPO.Core.Pairs;

/// <summary>A preference pair as token ids of one model.</summary>
/// <param name="Row">Its 0-based row in the data file.</param>
/// <param name="PromptIds">The prompt, with whatever begins a sequence.</param>
/// <param name="ChosenIds">The chosen answer, with whatever ends it.</param>
/// <param name="RejectedIds">The rejected answer, likewise.</param>
public sealed record TokenizedPair(int Row, int[] PromptIds, int[] ChosenIds, int[] RejectedIds);
