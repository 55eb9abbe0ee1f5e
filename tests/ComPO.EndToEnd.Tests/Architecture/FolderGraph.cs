using Mono.Cecil;
using Mono.Cecil.Cil;

namespace ComPO.EndToEnd.Tests.Architecture;

/// <summary>Which folders of a project use which, read from its assembly: a folder is a namespace. What the compiler has copied, a constant say, leaves no trace.</summary>
internal sealed class FolderGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _uses = new(StringComparer.Ordinal);
    private readonly ModuleDefinition _module;

    private FolderGraph(ModuleDefinition module)
    {
        _module = module;
        foreach (var type in module.GetTypes().Where(type => type.DeclaringType is null))
            Read(type, type);
    }

    /// <summary>Reads the folders of an assembly.</summary>
    public static FolderGraph Of(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly);
        return new FolderGraph(module);
    }

    /// <summary>The folders that have a use.</summary>
    public IReadOnlyCollection<string> Folders => _uses.Keys;

    /// <summary>A way from folder to folder that comes back to where it began, each step with a type that takes it; empty when there is none.</summary>
    public IReadOnlyList<string> FindCycle()
    {
        var finished = new HashSet<string>(StringComparer.Ordinal);
        return _uses.Keys.Select(folder => Follow(folder, [], finished)).FirstOrDefault(cycle => cycle.Count > 0) ?? [];
    }

    private List<string> Follow(string folder, List<string> way, HashSet<string> finished)
    {
        if (way.IndexOf(folder) is >= 0 and var begin)
            return [.. way.Skip(begin).Append(folder).Zip(way.Skip(begin + 1).Append(folder), (from, to) => $"{from} uses {to} in {_uses[from][to]}")];
        if (finished.Contains(folder) || !_uses.TryGetValue(folder, out var used))
            return [];
        way.Add(folder);
        foreach (var next in used.Keys)
        {
            if (Follow(next, way, finished) is { Count: > 0 } cycle)
                return cycle;
        }
        way.RemoveAt(way.Count - 1);
        finished.Add(folder);
        return [];
    }

    private void Read(TypeDefinition user, TypeDefinition type)
    {
        Use(user, type.BaseType);
        foreach (var implemented in type.Interfaces)
            Use(user, implemented.InterfaceType);
        foreach (var attribute in type.CustomAttributes)
            Use(user, attribute.AttributeType);
        foreach (var field in type.Fields)
            Use(user, field.FieldType);
        foreach (var method in type.Methods)
            Read(user, method);
        foreach (var nested in type.NestedTypes)
            Read(user, nested);
    }

    private void Read(TypeDefinition user, MethodDefinition method)
    {
        Use(user, method.ReturnType);
        foreach (var parameter in method.Parameters)
            Use(user, parameter.ParameterType);
        foreach (var constraint in method.GenericParameters.SelectMany(parameter => parameter.Constraints))
            Use(user, constraint.ConstraintType);
        if (!method.HasBody)
            return;
        foreach (var local in method.Body.Variables)
            Use(user, local.VariableType);
        foreach (var handler in method.Body.ExceptionHandlers)
            Use(user, handler.CatchType);
        foreach (var instruction in method.Body.Instructions)
            Read(user, instruction);
    }

    private void Read(TypeDefinition user, Instruction instruction)
    {
        switch (instruction.Operand)
        {
            case TypeReference type:
                Use(user, type);
                break;
            case MethodReference method:
                Use(user, method.DeclaringType);
                Use(user, method.ReturnType);
                foreach (var argument in (method as GenericInstanceMethod)?.GenericArguments ?? [])
                    Use(user, argument);
                break;
            case FieldReference field:
                Use(user, field.DeclaringType);
                Use(user, field.FieldType);
                break;
        }
    }

    private void Use(TypeDefinition user, TypeReference? used)
    {
        foreach (var argument in (used as GenericInstanceType)?.GenericArguments ?? [])
            Use(user, argument);
        if (used?.GetElementType() is not { } type || type.IsGenericParameter)
            return;
        while (type.DeclaringType is { } outer)
            type = outer;
        // Another assembly's, a generated one's without a namespace, or one of the same folder.
        if (type.Scope != _module || type.Namespace.Length == 0 || user.Namespace.Length == 0 || type.Namespace == user.Namespace)
            return;
        if (!_uses.TryGetValue(user.Namespace, out var uses))
            _uses[user.Namespace] = uses = new SortedDictionary<string, string>(StringComparer.Ordinal);
        uses.TryAdd(type.Namespace, user.Name);
    }
}
