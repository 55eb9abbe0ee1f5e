using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>Writes conversations as the text that one model was trained on.</summary>
public interface IChatTemplate
{
    /// <summary>What the user calls it, for instance <c>llama-3</c>.</summary>
    string Name { get; }

    /// <summary>The text of a conversation, with whatever begins a sequence.</summary>
    /// <param name="turns">The turns, at least one.</param>
    /// <param name="addsGenerationPrompt">Whether what begins an answer follows the last turn, where the template has such a thing.</param>
    /// <param name="where">The file and row, for messages.</param>
    /// <exception cref="PreferenceDataException">A role, or the order of roles, is not one that the template knows.</exception>
    string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where);
}
