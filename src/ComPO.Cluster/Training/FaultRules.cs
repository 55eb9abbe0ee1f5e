using ComPO.Cluster.Aggregation;

namespace ComPO.Cluster.Training;

/// <summary>What becomes of a trainer that has failed, and of its run.</summary>
internal enum FaultVerdict
{
    /// <summary>It is brought to where the run stands, from the start.</summary>
    GuideAnew,

    /// <summary>It gets no more work; the run goes on with the others.</summary>
    Quarantine,

    /// <summary>Nobody is left who could do what it could not: the run ends with the cause.</summary>
    EndRun,
}

/// <summary>Judges trainers that fail. One that does so again and again is left alone, and never ends a run that others can go on with.</summary>
internal static class FaultRules
{
    // A head may be damaged once, by a bit that has tipped over; where it is again, the memory is not to be trusted.
    private const int MostDisagreements = 2;

    /// <param name="fault">What it has done now.</param>
    /// <param name="disagreements">How often its numbers were not those of the others, this time included.</param>
    /// <param name="stumbles">How often it has failed since the last iteration was committed, this time included.</param>
    /// <param name="mostFailures">How often is too often.</param>
    /// <param name="hasOthers">Whether another trainer could do what it does.</param>
    public static FaultVerdict Judge(TrainerFault fault, int disagreements, int stumbles, int mostFailures, bool hasOthers)
    {
        // Wrong numbers are worse than none: the run rather waits for another trainer.
        if (fault == TrainerFault.Poisoned || disagreements >= MostDisagreements)
            return FaultVerdict.Quarantine;
        if (stumbles < mostFailures)
            return FaultVerdict.GuideAnew;
        return hasOthers ? FaultVerdict.Quarantine : FaultVerdict.EndRun;
    }
}
