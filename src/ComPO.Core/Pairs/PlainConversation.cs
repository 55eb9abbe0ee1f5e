namespace ComPO.Core.Pairs;

/// <summary>A conversation as plain text, for models without a chat template: what is said, turn after turn, a line break between turns.</summary>
internal static class PlainConversation
{
    public static string Render(IEnumerable<Turn> turns) => string.Join('\n', turns.Select(turn => turn.Content));

    public static TextRow Render(ConversationRow row) => new(row.Row, Render(row.Prompt), Render(row.Chosen), Render(row.Rejected));
}
