using System.CommandLine;
using ComPO.Core.Errors;

namespace ComPO.Admin.Commands;

/// <summary>A row of the table of commands.</summary>
/// <param name="Name">The words that call it.</param>
/// <param name="Description">What it does, in one sentence.</param>
/// <param name="Options">Its options, besides those that all commands share.</param>
/// <param name="RunAsync">Does it. Errors leave it as exceptions.</param>
internal sealed record ConsoleCommand(
    string Name,
    string Description,
    IReadOnlyList<Option> Options,
    Func<CommandContext, CancellationToken, Task<ExitCode>> RunAsync);
