namespace ComPO.Admin.Tests.Fakes;

/// <summary>Input whose lines are made when they are asked for; then it ends.</summary>
internal sealed class TypedLines(params Func<Task<string?>>[] lines) : TextReader
{
    private int _next;

    public override Task<string?> ReadLineAsync() => _next < lines.Length ? lines[_next++]() : Task.FromResult<string?>(null);
}
