namespace ComPO.Core.Numerics;

/// <summary>Runs independent pieces of work, whose number does not depend on how many threads share them.</summary>
internal static class FixedRanges
{
    public static void ForEach(int pieces, int threads, Action<int> work)
    {
        if (threads == 1)
            for (var piece = 0; piece < pieces; piece++)
                work(piece);
        else
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
    }
}
