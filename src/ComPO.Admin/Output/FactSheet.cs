using ComPO.Admin.Terminals;
using Spectre.Console;

namespace ComPO.Admin.Output;

/// <summary>Named facts: a table on a terminal, <c>name: value</c> lines elsewhere.</summary>
internal sealed class FactSheet
{
    private readonly List<(string Name, string Value)> _facts = [];

    /// <summary>Adds a fact, unless there is nothing to say.</summary>
    public FactSheet Add(string name, string? value)
    {
        if (value is not null)
            _facts.Add((name, value));
        return this;
    }

    /// <summary>Prints the facts in the order in which they were added.</summary>
    public void Print(Terminal terminal)
    {
        if (!terminal.IsLive)
        {
            foreach (var (name, value) in _facts)
                terminal.Output.WriteLine($"{name}: {value}");
            return;
        }
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, value) in _facts)
            grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        terminal.Canvas.Write(grid);
    }
}
