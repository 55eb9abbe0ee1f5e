using ComPO.Core.Errors;

namespace ComPO.Torch.Tests.Fuzzing;

/// <summary>A reader that takes bytes from outside.</summary>
/// <param name="Name">The kind of file, and the folder of its corpus.</param>
/// <param name="Seeds">Whole files of that kind.</param>
/// <param name="Read">Reads, and does with the result what a run would do.</param>
/// <param name="BaseBytes">What reading may allocate whatever the file's size.</param>
/// <param name="BytesPerByte">What it may allocate besides for each byte of the file.</param>
/// <param name="OtherRefusal">What it may throw besides the exceptions of users' mistakes.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Read, long BaseBytes = 1 << 20, long BytesPerByte = 400, Type? OtherRefusal = null)
{
    /// <summary>Makes a damaged file whole again as far as its outermost layer goes, so that what is inside is read.</summary>
    public Action<byte[]>? Repair { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What came of a run.</summary>
internal sealed record FuzzReport(long Cases, long Accepted, long Refused, long LargestAllocationBytes, TimeSpan Longest);

/// <summary>Runs a reader on damaged files: it reads them or refuses them with a sentence, in bounded memory and time.</summary>
internal static class Fuzzer
{
    // Far above what any case takes, so that a busy machine fails no test.
    private static readonly TimeSpan LongestCase = TimeSpan.FromSeconds(30);

    /// <summary>Runs the cases of a range.</summary>
    public static FuzzReport Run(FuzzTarget target, ulong first, long count)
    {
        var (report, current) = (new FuzzReport(0, 0, 0, 0, TimeSpan.Zero), Array.Empty<byte>());
        Exception? failure = null;
        var number = first;
        var thread = new Thread(() =>
        {
            try
            {
                for (; number < first + (ulong)count; Interlocked.Increment(ref number))
                {
                    current = Mutations.Case(target.Seeds, number);
                    if (target.Repair is not null && number % 4 != 0) target.Repair(current);
                    report = Add(report, target, current, $"case {number}");
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.IsBackground = true;
        thread.Start();
        while (Interlocked.Read(ref number) is var before && !thread.Join(LongestCase))
            if (Interlocked.Read(ref number) == before)
                Assert.Fail($"{target.Name}, case {before} takes longer than {LongestCase.TotalSeconds} s; its bytes are {Keep(target, current)}");
        if (failure is not null) Assert.Fail($"{failure.Message}; its bytes are {Keep(target, current)}\n{failure}");
        return report;
    }

    /// <summary>Runs one file.</summary>
    public static FuzzReport Read(FuzzTarget target, byte[] file, string name) => Add(new FuzzReport(0, 0, 0, 0, TimeSpan.Zero), target, file, name);

    private static FuzzReport Add(FuzzReport report, FuzzTarget target, byte[] file, string name)
    {
        var (start, before) = (TimeProvider.System.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        var refusal = Record.Exception(() => target.Read(file));
        var (allocated, took) = (GC.GetAllocatedBytesForCurrentThread() - before, TimeProvider.System.GetElapsedTime(start));
        if (refusal is not (null or ComPOException) && refusal.GetType() != target.OtherRefusal)
            throw new InvalidOperationException($"{target.Name}, {name} fails with {refusal.GetType().Name} ({refusal.Message}) instead of a refusal", refusal);
        var most = target.BaseBytes + target.BytesPerByte * file.Length;
        if (allocated > most)
            throw new InvalidOperationException($"{target.Name}, {name} allocates {allocated} bytes for {file.Length}, more than {most}", refusal);
        return new FuzzReport(report.Cases + 1, report.Accepted + (refusal is null ? 1 : 0), report.Refused + (refusal is null ? 0 : 1),
            Math.Max(report.LargestAllocationBytes, allocated), took > report.Longest ? took : report.Longest);
    }

    /// <summary>Writes a failing file where it can be taken into the corpus from.</summary>
    private static string Keep(FuzzTarget target, byte[] file)
    {
        var path = Path.Combine(Path.GetTempPath(), $"compo-fuzz-{target.Name}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file))[..16]}");
        File.WriteAllBytes(path, file);
        return path;
    }
}
