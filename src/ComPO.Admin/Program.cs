using ComPO.Admin;
using ComPO.Admin.Prompt;
using ComPO.Admin.Terminals;

return (int)await AdminConsole.RunAsync(args, Terminal.OfProcess() with { HistoryFile = LineHistory.PathOfUser() });
